// The order of trunks is said as it will be: what is drawn for each call is no order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { byTurn, turnsWords } from "../lib/turns.ts";

test("trunks in order are said in order", () => {
  assert.equal(turnsWords([["provider"], ["carrier"], ["reserve"]]), "provider, then carrier, then reserve");
  assert.equal(turnsWords([["provider"]]), "provider");
});

test("any of the trunks that are tried at random may be the first", () => {
  assert.equal(turnsWords([["a", "b", "c"], ["d"]]), "a, b, or c (at random, anew for each call), then d");
  assert.equal(turnsWords([["d"], ["a", "b"]]), "d, then a or b (at random, anew for each call)");
});

test("trunks of one turn stand together", () => {
  const all = [{ trunk: "a", turn: 1 }, { trunk: "b", turn: 1 }, { trunk: "c", turn: 2 }];
  assert.deepEqual(byTurn(all), [[all[0], all[1]], [all[2]]]);
  assert.deepEqual(byTurn([]), []);
});
