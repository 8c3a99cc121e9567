// Compiles the tests, builds the pages that they open, then lets node's own runner run them. What hangs is ended.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ui = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(ui, "node_modules", ".cache");
const built = join(cache, "mayday-test");

function run(...args) {
  const { status, error } = spawnSync(process.execPath, args, { cwd: ui, stdio: "inherit", timeout: 900_000 });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const tsc = join(ui, "node_modules", "typescript", "bin", "tsc");
const vite = join(ui, "node_modules", "vite", "bin", "vite.js");
run(tsc, "--noEmit");
rmSync(built, { recursive: true, force: true });
mkdirSync(built, { recursive: true });
writeFileSync(join(built, "package.json"), '{"type":"module"}\n');
run(tsc, "-p", "tsconfig.test.json");
run(vite, "build", "--logLevel", "error", "--outDir", join(cache, "mayday-dist"));
const wanted = process.argv.slice(2);
const tests = readdirSync(join(built, "test")).filter((name) => name.endsWith(".test.js") && (wanted.length === 0 || wanted.some((word) => name.includes(word))));
run("--test", "--test-reporter=spec", "--test-concurrency=2", ...tests.map((name) => join(built, "test", name)));
