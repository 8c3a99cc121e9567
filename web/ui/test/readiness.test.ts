// Each missing piece leads somewhere, and each finding of the dial-plan check to the item that it names.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cureOf, placeOf } from "../admin/cure.ts";
import type { RepReadiness } from "../lib/api.gen.ts";
import { readiness } from "../lib/i18n/en/readiness.ts";
import { causeWords } from "../lib/readiness.ts";

const alice: RepReadiness = {
  rep: "alice", name: "Alice", email: "alice@acme.example", site: "hq", colour: "red", causes: [], country: "US", number: "911",
  turns: [], caller_id: "", place: [], told: [], sender: "",
};

// Where each missing piece of somebody with a mail address and a site is cured.
const cures: Record<string, string> = {
  no_outbound_profile: "user", mailbox_not_enabled: "user", no_contacts: "user", call_back_chain: "user", countries_disagree: "user",
  no_position: "write", location_denied: "write", no_microphone: "write", microphone_denied: "write", microphone_not_said: "write", no_sound: "write",
  no_workspace: "write", place_not_confirmed: "write", place_old: "write", country_uncertain: "write", position_wide: "write", position_elsewhere: "write",
  not_located: "write", network_disagrees: "write",
  country_not_supported: "site", no_place: "site", not_mapped: "site", mapping_guessed: "site", mapping_changed: "site", place_not_valid: "site", service_number: "site",
  pool_empty: "add_number", pool_small: "add_number", caller_id_abroad: "add_number", number_rule: "numbers",
  no_trunk: "add_trunk", all_trunks_down: "trunks", first_trunk_down: "trunks", drill_failed: "drills", drill_overdue: "drills",
  mapping_expired: "organisation", lost_away: "organisation", network_place_old: "organisation", held_away: "organisation",
};

test("every missing piece has words and the way to its own cure", () => {
  const causes = Object.keys(readiness).filter((key) => key.startsWith("cause.") && key !== "cause.other").map((key) => key.slice("cause.".length));
  assert.deepEqual(causes.sort(), Object.keys(cures).sort()); // a new one needs a place where it is cured
  for (const cause of causes) {
    assert.equal(causeWords(cause), readiness[`cause.${cause}` as keyof typeof readiness]);
    const cure = cureOf(cause, alice);
    assert.equal(cure.is, cures[cause], cause);
    assert.ok(cure.is === "write" || typeof cure.to.page === "string", cause);
  }
  assert.match(causeWords("something_new"), /something_new/);
});

test("what only the browser's person can cure is asked of them by mail, or is found at the user", () => {
  assert.deepEqual(cureOf("microphone_denied", alice), { is: "write", address: "alice@acme.example" });
  const { email: _, ...silent } = alice;
  assert.deepEqual(cureOf("microphone_denied", silent), { is: "user", to: { page: "users", item: "alice" } });
  assert.deepEqual(cureOf("no_place", alice), { is: "site", to: { page: "sites", item: "hq" } });
  assert.deepEqual(cureOf("no_place", { ...alice, site: "" }), { is: "user", to: { page: "users", item: "alice" } });
});

test("what is so for the whole organisation is cured on its page", () => {
  for (const cause of ["lost_away", "mapping_expired", "held_away", "network_place_old"]) assert.deepEqual(cureOf(cause, alice), { is: "organisation", to: { page: "organisation" } });
});

test("a finding leads to its item, to its list, or nowhere", () => {
  const of = (part: string, id?: string) => placeOf({ level: "note", path: "", part, reason: "", ...(id === undefined ? {} : { id }) });
  assert.deepEqual(of("voice_routes", "all"), { page: "routes", item: "all" });
  assert.deepEqual(of("trunks"), { page: "trunks" });
  assert.deepEqual(of("organisation"), { page: "organisation" });
  assert.equal(of("queues"), null);
});
