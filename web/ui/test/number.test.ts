import assert from "node:assert/strict";
import { test } from "node:test";
import { clean, emergencyNumber, grouped } from "../lib/number.ts";

test("what people put between digits is dropped and a plus stays", () => {
  const cases: [string, string][] = [
    [" 9 1 1 ", "911"],
    ["9-1-1", "911"],
    ["9\u20131\u20131", "911"],
    ["(112)", "112"],
    ["1.1.2", "112"],
    ["[1/1/2]", "112"],
    ["tel:112", "112"],
    ["TEL: 112", "112"],
    ["1\u00a01\u200b2", "112"],
    ["+112", "+112"],
    ["+1 (217) 555-0199", "+12175550199"],
  ];
  for (const [typed, wanted] of cases) assert.equal(clean(typed), wanted, `typed ${JSON.stringify(typed)}`);
});

test("an emergency number is matched whole and shown as it is sent", () => {
  const numbers = { "112": "112", "911": "112" };
  assert.equal(emergencyNumber("9 1 1", numbers), "112");
  assert.equal(emergencyNumber("112", numbers), "112");
  assert.equal(emergencyNumber("1123", numbers), null);
  assert.equal(emergencyNumber("", numbers), null);
});

test("a leading plus never makes an emergency number", () => {
  assert.equal(emergencyNumber("+112", { "112": "112" }), null);
});

test("a word that every object knows is no emergency number", () => {
  assert.equal(emergencyNumber("constructor", {}), null);
});

test("a number is read out in groups", () => {
  assert.equal(grouped("+12175550101"), "+1 217 555 0101");
  assert.equal(grouped("+4531331234"), "+45 31 33 12 34");
  assert.equal(grouped("+442079460123"), "+44 207 946 0123");
  assert.equal(grouped("112"), "112");
});
