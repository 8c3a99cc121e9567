// Compiles the tests, then lets node's own runner run them. They end by themselves; what hangs is ended.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ui = dirname(dirname(fileURLToPath(import.meta.url)));
const built = join(ui, "node_modules", ".cache", "mayday-test");

function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: ui, stdio: "inherit", timeout: 180_000 });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const tsc = join(ui, "node_modules", "typescript", "bin", "tsc");
run(process.execPath, [tsc, "--noEmit"]);
rmSync(built, { recursive: true, force: true });
mkdirSync(built, { recursive: true });
writeFileSync(join(built, "package.json"), '{"type":"module"}\n');
run(process.execPath, [tsc, "-p", "tsconfig.test.json"]);
const tests = readdirSync(join(built, "test")).filter((name) => name.endsWith(".test.js"));
run(process.execPath, ["--test", ...tests.map((name) => join(built, "test", name))]);
