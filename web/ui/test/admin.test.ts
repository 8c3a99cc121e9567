// What the admin center decides without a page: addresses, items, and a draft that loses nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { wrongAddresses } from "../admin/addresses.ts";
import { Draft } from "../admin/draft.ts";
import { linesIn, numberIn, pathsOf } from "../admin/form.ts";
import type { Field } from "../admin/form.ts";
import { differences, fieldOf, together, valueAt, withValue } from "../admin/item.ts";
import type { Item } from "../admin/item.ts";
import { poolOf } from "../admin/pool_size.ts";
import type { Answer, Ask } from "../admin/rest.ts";
import { addressOf, routeOf } from "../admin/route.ts";

test("each address that is none is named, and no other", () => {
  for (const [list, wrong] of [
    ["boss@acme.example; guard@acme.example", []],
    ["boss@; guard", ["boss@", "guard"]],
    ['"Doe; Jane" <jane@acme.example>, Bob <bob@acme.example>', []],
    ["Bob <bob>; a@b.example", ["Bob <bob>"]],
    ["mailto:a@b.example\nc@-d.example", ["c@-d.example"]],
    ["a@b.example c", ["c"]],
    ["", []],
  ] as const) {
    assert.deepEqual(wrongAddresses(list), wrong, list);
  }
});

test("a value is put into an item in an item, and what is emptied is left out", () => {
  const site = withValue({ id: "hq", civic: { floor: "4" } }, "civic.room", "412");
  assert.deepEqual(site, { id: "hq", civic: { floor: "4", room: "412" } });
  assert.deepEqual(withValue({ home: { country: "DK" } }, "home.country", ""), {});
  assert.equal(valueAt(site, "civic.room"), "412");
  assert.equal(valueAt(site, "position.latitude"), undefined);
  assert.deepEqual(differences({ a: [], b: false, c: "x" }, { c: "y" }), ["c"]);
});

test("what two people changed of one item is put together, and what both changed is named", () => {
  const before = { name: "Alice", site: "hq", mobile: "1" };
  const { item, both } = together(before, { ...before, name: "Alice D" }, { ...before, site: "leeds" });
  assert.deepEqual([item, both], [{ name: "Alice D", site: "leeds", mobile: "1" }, []]);
  assert.deepEqual(together(before, { ...before, site: "a" }, { ...before, site: "b" }).both, ["site"]);
  assert.deepEqual(together(before, { ...before, site: "a" }, { ...before, site: "a" }).both, []);
});

const text = (path: string): Field => ({ path, label: "", kind: { is: "text" } });

test("a mistake finds its field", () => {
  const paths = ["id", "roles", "civic.floor", "tls.authority", "tls.key"];
  assert.equal(fieldOf("roles[1]", paths), "roles");
  assert.equal(fieldOf("civic.floor", paths), "civic.floor");
  assert.equal(fieldOf("tls", paths), "tls.authority");
  assert.equal(fieldOf("numbers[0].site", paths), null);

  const tiers: Field = { path: "tiers", label: "", kind: { is: "rows", fields: [text("after_s"), text("channels")], add: "", nameOf: String } };
  const within = pathsOf([text("id"), tiers], { id: "night", tiers: [{}, {}] });
  assert.equal(fieldOf("tiers", within), "tiers");
  assert.equal(fieldOf("tiers[1]", within), "tiers.1");
  assert.equal(fieldOf("tiers[1].after_s", within), "tiers.1.after_s");
  assert.equal(fieldOf("tiers[0].channels[3]", within), "tiers.0.channels");
  assert.equal(fieldOf("tiers[2].channels[0]", within), "tiers", "a row that has been taken out since");
});

test("an address of a page is read as it was written", () => {
  for (const route of [
    { page: "users", item: null, adding: false },
    { page: "numbers", item: "+4589550101", adding: false },
    { page: "users", item: "a/b?c", adding: false },
    { page: "sites", item: null, adding: true },
  ]) {
    const [path = "", query = ""] = addressOf(route).split("?");
    assert.deepEqual(routeOf(path, query), route);
  }
  assert.deepEqual(routeOf("/admin"), { page: "", item: null, adding: false });
});

test("a number is kept as one, and what is none as it was typed", () => {
  assert.deepEqual([numberIn(" 12 "), numberIn("-1.5"), numberIn("1x"), numberIn("")], [12, -1.5, "1x", ""]);
  assert.deepEqual(linesIn("112\n\n 1813 \n"), ["112", "1813"]);
});

test("the pool of each site stands beside its people", () => {
  const sites = [{ id: "hq", name: "Headquarters", country: "US", civic: {} }];
  const numbers = [{ e164: "+1", kind: "", use: "emergency_callback", site: "hq" }, { e164: "+2", kind: "", use: "shared", site: "hq" }];
  const reps = [{ id: "a", name: "", roles: [], site: "hq" }, { id: "b", name: "", roles: [] }];
  assert.deepEqual(poolOf(sites, numbers, reps), [
    { id: "hq", name: "Headquarters", numbers: 1, reps: 1, fallback: false },
    { id: "", name: "", numbers: 0, reps: 1, fallback: false },
  ]);
});

/** A node that has one item, and a version that others raise. */
function pretend(item: Item | null) {
  const node = { item, version: 7, down: false, refuse: [] as { field: string; reason: string }[], puts: 0 };
  const ask: Ask = <T>(method: string, _path: string, body?: unknown, version?: number): Promise<Answer<T>> => {
    const answer = (): Answer<unknown> => {
      if (node.down) return { is: "away" };
      if (method === "GET" && _path.includes("?")) return { is: "done", value: { items: [], total: 0, version: node.version } };
      if (method === "GET") return node.item === null ? { is: "missing" } : { is: "done", value: { part: node.item, version: node.version } };
      node.puts++;
      if (version !== undefined && version !== node.version) return { is: "stale" };
      if (node.refuse.length > 0) return { is: "refused", problem: { title: "", status: 422, code: "INVALID_CENTER", invalid: node.refuse } };
      node.item = body as Item;
      node.version++;
      return { is: "done", value: {} };
    };
    return Promise.resolve(answer() as Answer<T>);
  };
  return { node, ask };
}

const alice = { id: "alice", name: "Alice", site: "hq" };

test("what was typed outlives a refusal and a node that is away", async () => {
  const { node, ask } = pretend(alice);
  const draft = new Draft(ask, "reps", "id", alice, 7);
  draft.set("name", "");
  node.refuse = [{ field: "name", reason: "missing" }];
  assert.equal(await draft.save(), false);
  assert.deepEqual([draft.state.value.is, draft.invalid.value], ["refused", node.refuse]);
  draft.set("name", "Alice D");
  node.refuse = [];
  node.down = true;
  assert.equal(await draft.save(), false);
  assert.deepEqual([draft.state.value.is, draft.values.value["name"], draft.dirty.value], ["away", "Alice D", true]);
  node.down = false;
  assert.equal(await draft.save(), true);
  assert.deepEqual([draft.state.value.is, draft.dirty.value, node.item], ["saved", false, { ...alice, name: "Alice D" }]);
});

test("a change beside somebody else's is saved; over somebody else's it is asked about first", async () => {
  const { node, ask } = pretend(alice);
  const draft = new Draft(ask, "reps", "id", alice, 7);
  draft.set("name", "Alice D");
  node.item = { ...alice, site: "leeds" };
  node.version = 9;
  assert.equal(await draft.save(), true);
  assert.deepEqual(node.item, { id: "alice", name: "Alice D", site: "leeds" });
  draft.set("site", "aarhus");
  node.item = { ...node.item, site: "hq" };
  node.version = 20;
  assert.equal(await draft.save(), false);
  assert.deepEqual(draft.state.value, { is: "conflict", fields: ["site"] });
  assert.equal(node.item["site"], "hq");
  assert.equal(await draft.save(true), true);
  assert.equal((node.item as Item)["site"], "aarhus");
});

test("a new item replaces none that there is", async () => {
  const { node, ask } = pretend(alice);
  const draft = new Draft(ask, "reps", "id", {}, null);
  assert.equal(await draft.save(), false);
  assert.deepEqual(draft.invalid.value, [{ field: "id", reason: "" }]);
  draft.set("id", "alice");
  assert.equal(await draft.save(), false);
  assert.deepEqual([draft.state.value.is, node.puts], ["taken", 0]);
  node.item = null;
  assert.equal(await draft.save(), true);
  assert.equal(draft.adding, false);
});
