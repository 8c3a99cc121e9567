import { defineConfig } from "vite";

// One entry a screen: index.html is the workspace, admin.html the admin center; the node serves what is built here at "/".
export default defineConfig({
  base: "/",
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { workspace: "index.html", admin: "admin.html" } },
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: "http://127.0.0.1:8080", ws: true } },
  },
});
