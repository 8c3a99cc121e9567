import assert from "node:assert/strict";
import { test } from "node:test";
import { seconds } from "../lib/i18n/index.ts";
import type { Placed } from "../lib/drill.ts";
import { Drilling, timed } from "../lib/drilling.ts";
import { screenOf } from "../workspace/screen.ts";
import { administering, calm, watching } from "./screens/states.ts";

const passed: Placed = { is: "over", drill: { passed: true, hops: [] } };

function drilling(trunks: string[] | null = ["provider"]) {
  const asked: string[] = [];
  let over: (placed: Placed) => void = () => undefined;
  const world = {
    trunks: () => Promise.resolve(trunks),
    place: (trunk: string) => {
      asked.push(trunk);
      return new Promise<Placed>((resolve) => (over = resolve));
    },
  };
  return { drills: new Drilling(world), asked, world, end: (placed: Placed) => over(placed) };
}

test("a drill is for administrators", () => {
  const well = { signedIn: "yes", feed: "open", dialling: null, unreached: null, ending: null, media: "connected", microphone: "ready" } as const;
  const rows = [calm, watching(calm), administering(calm)].map((state) => screenOf(state, well));
  assert.deepEqual(rows.map((screen) => screen.kind === "desk" && screen.drills), [false, false, true]);
});

test("each hop has the time since the first, to the millisecond, wherever its clock stands", () => {
  const hops = [
    { at: "2026-03-04T09:30:00.1234567Z", what: "INVITE sent" },
    { at: "2026-03-04T10:30:02.164+01:00", what: "answered", failed: true },
  ];
  assert.deepEqual(timed(hops).map(({ after, what, failed }) => [after, what, failed]), [[0, "INVITE sent", undefined], [2041, "answered", true]]);
  assert.deepEqual(timed([]), []);
  assert.deepEqual([seconds(0), seconds(2041), seconds(40_000)], ["0.000 sec", "2.041 sec", "40.000 sec"]);
});

test("one drill at a time, and the next one when it is over", async () => {
  const { drills, asked, end } = drilling();
  drills.through.value = "provider";
  const first = drills.place();
  await drills.place();
  assert.deepEqual(asked, ["provider"]);
  end(passed);
  await first;
  assert.deepEqual(drills.state.value, passed);
  void drills.place();
  assert.deepEqual(drills.state.value, { is: "running" });
  assert.equal(asked.length, 2);
});

test("a drill that ends after its administrator has left is shown to nobody", async () => {
  const { drills, end } = drilling();
  const running = drills.place();
  drills.forget();
  end(passed);
  await running;
  assert.deepEqual(drills.state.value, { is: "none" });
});

test("a trunk that has gone is not chosen any more; a node that does not say changes nothing", async () => {
  const { drills, world } = drilling(["provider"]);
  await drills.readTrunks();
  drills.through.value = "provider";
  world.trunks = () => Promise.resolve(null);
  await drills.readTrunks();
  assert.equal(drills.through.value, "provider");
  world.trunks = () => Promise.resolve(["other"]);
  await drills.readTrunks();
  assert.equal(drills.through.value, "");
});
