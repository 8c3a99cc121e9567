import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../lib/backoff.ts";

test("waiting times double from the first to the most", () => {
  const backoff = new Backoff(200, 2000, () => 0);
  assert.deepEqual(Array.from({ length: 6 }, () => backoff.nextMs()), [200, 400, 800, 1600, 2000, 2000]);
  backoff.reset();
  assert.equal(backoff.nextMs(), 200);
});

test("chance shortens a waiting time by up to half and never below the first", () => {
  const backoff = new Backoff(200, 2000, () => 0.999);
  for (let i = 0; i < 50; i++) {
    const wait = backoff.nextMs();
    assert.ok(wait >= 200 && wait <= 2000, `try ${i} waits ${wait} ms`);
  }
  assert.ok(backoff.nextMs() < 1100);
});
