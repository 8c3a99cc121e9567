import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { chosenLanguage, clock, daysAgo, length, t } from "../lib/i18n/index.ts";
import { en } from "../lib/i18n/en.ts";

const sources = ["lib", "workspace", "admin"].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !name.startsWith(join("i18n", "en")))
    .map((name) => ({ name: join(folder, name), text: readFileSync(join(folder, name), "utf8") })),
);
const used = new Set(sources.flatMap(({ text }) => [...text.matchAll(/\bt\("([\w.]+)"/g)].map((match) => match[1])));

test("every sentence is used and none is missing", () => {
  assert.ok(sources.length > 20, `only ${sources.length} sources were found`);
  assert.deepEqual([...used].sort(), Object.keys(en).sort());
});

test("every sentence is asked for by its whole key", () => {
  for (const { name, text } of sources) assert.doesNotMatch(text, /\bt\((?!")[`\w]/, `${name}: a key that is put together`);
});

test("no sentence stands in a page outside the list of sentences", () => {
  for (const { name, text } of sources.filter((source) => source.name.endsWith(".tsx"))) {
    assert.doesNotMatch(text, />\s*[A-Za-z][\w ,.']+\s*<\//, `${name}: text between tags`);
    assert.doesNotMatch(text, /(aria-label|title|placeholder|alt)="/, `${name}: a name that is not translated`);
  }
});

test("a sentence is filled in", () => {
  assert.equal(t("window.open", { number: "+1 217 555 0101", time: "15:42" }), "Emergency services can call you back on +1 217 555 0101 until 15:42");
});

test("a length of time counts on over an hour, and no clock that differs makes it negative", () => {
  assert.equal(length(127_400), "02:07");
  assert.equal(length(3_725_000), "62:05");
  assert.equal(length(-5000), "00:00");
});

test("how long ago a day was is said by the calendar", () => {
  const now = new Date(2026, 1, 3, 0, 5);
  assert.equal(daysAgo(new Date(2026, 1, 3, 0, 1), now), "today");
  assert.equal(daysAgo(new Date(2026, 1, 2, 23, 59), now), "yesterday");
  assert.equal(daysAgo(new Date(2026, 0, 22, 12), now), "12 days ago");
});

test("a clock time is read on a clock of 24 hours", () => {
  assert.equal(clock(new Date(2026, 1, 3, 15, 42)), "15:42");
  assert.equal(clock(new Date(2026, 1, 3, 0, 5)), "00:05");
});

test("the first wished language that there is wins, else English", () => {
  assert.equal(chosenLanguage(["tlh", "en-GB"]), "en");
  assert.equal(chosenLanguage([]), "en");
  assert.equal(chosenLanguage(["constructor"]), "en");
});
