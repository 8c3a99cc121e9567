import assert from "node:assert/strict";
import { test } from "node:test";
import { isEmergency, screenOf } from "../workspace/screen.ts";
import type { Local, Screen } from "../workspace/screen.ts";
import { alert, calm, callBackUntil, emergency, ordinary, place, watching } from "./screens/states.ts";

const well: Local = {
  signedIn: "yes",
  feed: "open",
  dialling: null,
  unreached: null,
  ending: null,
  media: "connected",
  microphone: "ready",
};

function trouble(screen: Screen): string {
  return screen.kind === "emergency" ? `${screen.stage}, ${screen.trouble}` : screen.kind;
}

test("each line of the table of states has its screen", () => {
  const rows: [string, Screen, string][] = [
    ["E0", screenOf(calm, well), "desk"],
    ["E1, before the node has said anything", screenOf(calm, { ...well, dialling: { number: "112", after: null, taken: false } }), "placing, none"],
    ["E1", screenOf(emergency({ state: "placing" }), well), "placing, none"],
    ["E2", screenOf(emergency({ state: "ringing" }), well), "ringing, none"],
    ["E3", screenOf(emergency({ state: "connected" }), well), "connected, none"],
    ["E3m, denied", screenOf(emergency({ state: "ringing" }), { ...well, microphone: "denied" }), "ringing, denied"],
    ["E3m, missing", screenOf(emergency({ state: "connected" }), { ...well, microphone: "missing" }), "connected, missing"],
    ["E3m, silent", screenOf(emergency({ state: "connected" }, { connected: true, heard: false }), well), "connected, silent"],
    ["E3m, still asking", screenOf(emergency({ state: "connected" }, { connected: true, heard: false }), { ...well, microphone: "asking" }), "connected, asking"],
    ["E4, the node says so", screenOf(emergency({ state: "connected", sound: "nowhere" }), well), "connected, reconnecting"],
    ["E4, the tab says so", screenOf(emergency({ state: "connected" }), { ...well, media: "lost" }), "connected, reconnecting"],
    ["E5, another tab", screenOf(emergency({ state: "connected", sound: "elsewhere" }), { ...well, microphone: "denied" }), "connected, elsewhere"],
    ["E6", screenOf(emergency({ state: "failed" }), well), "not_connected"],
    ["E7", screenOf(callBackUntil(false), well), "desk"],
    ["E8", screenOf(emergency({ state: "incoming" }), well), "call_back"],
    ["E9", screenOf(emergency({ state: "connected", incoming: true }), well), "connected, none"],
    ["E10", screenOf(callBackUntil(true), well), "desk"],
  ];
  for (const [row, screen, wanted] of rows) assert.equal(trouble(screen), wanted, row);
});

test("nobody is told that they are still on the line before they were", () => {
  assert.equal(trouble(screenOf(emergency({ state: "ringing", sound: "nowhere" }), { ...well, media: "lost" })), "ringing, none");
});

test("a microphone that is not heard yet is no alarm before the call is connected", () => {
  assert.equal(trouble(screenOf(emergency({ state: "placing" }, { connected: false, heard: false }), well)), "placing, none");
});

test("E6 without a server keeps the place last known and tells when the server is back", () => {
  const down = screenOf(calm, { ...well, feed: "down", unreached: { number: "112", again: false } });
  assert.deepEqual(down, { kind: "not_connected", reason: "no_server", number: "112", mobile: "112", place });
  const back = screenOf(calm, { ...well, unreached: { number: "112", again: false } });
  assert.equal(back.kind === "not_connected" && back.reason, "server_back");
});

test("the node's word goes before what this tab only feared", () => {
  assert.equal(trouble(screenOf(emergency({ state: "ringing" }), { ...well, unreached: { number: "112", again: false } })), "ringing, none");
});

test("trying again shows the new call and not the failed one", () => {
  const again = screenOf(emergency({ state: "failed" }), { ...well, dialling: { number: "112", after: "e1", taken: false } });
  assert.equal(trouble(again), "placing, none");
});

test("an ordinary call in progress gives way to the emergency and is there afterwards", () => {
  const { call } = ordinary({ state: "held" });
  const during = screenOf({ ...emergency({ state: "connected" }), ...(call ? { call } : {}) }, well);
  assert.ok(isEmergency(during));
  const afterwards = screenOf(ordinary({ state: "held" }), well);
  assert.equal(afterwards.kind === "desk" && afterwards.call?.state, "held");
});

test("a session that ended shows the sign-in page, and no state shows the opening page", () => {
  assert.equal(screenOf(null, { ...well, signedIn: "no" }).kind, "sign_in");
  assert.deepEqual(screenOf(null, { ...well, feed: "connecting" }), { kind: "opening", unreachable: false });
  assert.deepEqual(screenOf(null, { ...well, feed: "down" }), { kind: "opening", unreachable: true });
  assert.deepEqual(screenOf(null, { ...well, feed: "down", signedIn: "asking" }), { kind: "opening", unreachable: false });
});

test("alerts of others are on the desk and in no state of an emergency of one's own", () => {
  const desk = screenOf(watching(calm, alert(), alert({ call: "e6" })), well);
  assert.deepEqual(desk.kind === "desk" && desk.alerts.map(({ call }) => call), ["e7", "e6"]);
  const own = [
    ...(["placing", "ringing", "connected", "failed", "incoming"] as const).map((state) => screenOf(watching(emergency({ state }), alert()), well)),
    screenOf(watching(emergency({ state: "connected", sound: "nowhere" }), alert()), well),
    screenOf(watching(emergency({ state: "connected", sound: "elsewhere" }), alert()), well),
    screenOf(watching(calm, alert()), { ...well, dialling: { number: "112", after: null, taken: false } }),
  ];
  for (const screen of own) assert.ok(!("alerts" in screen), screen.kind);
});

test("a call back for somebody else says for whom, before and after it is answered", () => {
  assert.deepEqual(screenOf(emergency({ state: "incoming", for: "Alice Doe" }), well), { kind: "call_back", wanted: "Alice Doe" });
  assert.deepEqual(screenOf(emergency({ state: "incoming" }), well), { kind: "call_back", wanted: null });
  const answered = screenOf(emergency({ state: "connected", incoming: true, for: "Alice Doe" }), well);
  assert.equal(answered.kind === "emergency" && answered.wanted, "Alice Doe");
});
