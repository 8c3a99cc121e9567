import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reply } from "../lib/api.gen.ts";
import { Acknowledged } from "../lib/acknowledged.ts";
import { alert } from "./screens/states.ts";

function desk(answer: () => Reply | null = () => ({ id: 1 })): { acknowledged: Acknowledged; asked: string[] } {
  const asked: string[] = [];
  const acknowledged = new Acknowledged((call) => {
    asked.push(call);
    return Promise.resolve(answer());
  });
  return { acknowledged, asked };
}

test("an alert is acknowledged in this tab before the node has put it away", () => {
  const { acknowledged, asked } = desk();
  acknowledged.add(alert());
  assert.ok(acknowledged.has(alert()));
  assert.ok(!acknowledged.has(alert({ call: "e6" })));
  assert.deepEqual(asked, ["e7"]);
});

test("whoever has acknowledged a call has not acknowledged that it failed", () => {
  const { acknowledged } = desk();
  acknowledged.add(alert());
  acknowledged.shown([alert({ failed: true })]);
  assert.ok(!acknowledged.has(alert({ failed: true })));
});

test("after a feed that broke the node is asked again, for what it still shows unchanged", () => {
  const { acknowledged, asked } = desk(() => null);
  for (const call of ["stays", "fails", "goes"]) acknowledged.add(alert({ call }));
  asked.length = 0;
  acknowledged.feedOpened();
  acknowledged.shown([alert({ call: "stays" }), alert({ call: "fails", failed: true }), alert({ call: "new" })]);
  acknowledged.shown([alert({ call: "stays" })]);
  assert.deepEqual(asked, ["stays"]);
});

test("an alert that the node does not put away is open again", async () => {
  const { acknowledged } = desk(() => ({ id: 1, refused: { code: "NO_SUCH_ALERT", detail: "" } }));
  acknowledged.add(alert());
  await Promise.resolve();
  await Promise.resolve();
  assert.ok(!acknowledged.has(alert()));
});
