// An item that is being changed. What the person typed stays in it until the node has taken it, whatever the node says or whether it is
// there at all.

import { batch, computed, signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { CenterChange, Invalid } from "../lib/api.gen.ts";
import { differences, emptied, together, valueAt, withValue } from "./item.ts";
import type { Item } from "./item.ts";
import type { Answer, Ask } from "./rest.ts";

/** Where a draft stands with the node. */
export type DraftState =
  | { is: "typing" }
  | { is: "saving" }
  | { is: "saved" }
  | { is: "refused" }
  /** It was not removed: something else of the center needs it. */
  | { is: "needed" }
  | { is: "away" }
  /** Somebody else changed the same fields. */
  | { is: "conflict"; fields: readonly string[] }
  /** Somebody else removed it. */
  | { is: "gone" }
  /** A new item would replace one that there is. */
  | { is: "taken" }
  | { is: "signed_out" }
  | { is: "not_allowed" };

/** An item with the version of the center it was read in. */
interface Read {
  part: Item;
  version: number;
}

/** How often a change is put together with those of others before it gives up. */
const TRIES = 5;

export class Draft {
  readonly values: Signal<Item>;
  readonly state = signal<DraftState>({ is: "typing" });
  readonly invalid = signal<readonly Invalid[]>([]);
  readonly dirty = computed(() => differences(this.base.value, this.values.value).length > 0);
  /** Counts refusals, so that a page can go to the first mistake of each. */
  readonly refusals = signal(0);

  private readonly base: Signal<Item>;

  /** key is the field that names the item; empty: the part is no list. version is that of the center in which it was read; a new item has none. */
  constructor(
    private readonly ask: Ask,
    readonly part: string,
    readonly key: string,
    item: Item,
    private version: number | null,
  ) {
    this.values = signal<Item>(item);
    this.base = signal<Item>(item);
  }

  get adding(): boolean {
    return this.version === null;
  }

  get id(): string {
    return this.key === "" ? this.part : String(valueAt(this.values.value, this.key) ?? "");
  }

  set(path: string, value: unknown): void {
    this.values.value = withValue(this.values.value, path, value);
    if (this.state.value.is === "saved") this.state.value = { is: "typing" };
  }

  /** What was typed is given up. */
  discard(): void {
    batch(() => {
      this.values.value = this.base.value;
      this.invalid.value = [];
      this.state.value = { is: "typing" };
    });
  }

  /** Saves; true when the node has taken it. all: over what others changed meanwhile. */
  async save(all = false): Promise<boolean> {
    if (this.state.value.is === "saving") return false;
    batch(() => {
      this.state.value = { is: "saving" };
      this.invalid.value = [];
    });
    if (this.id === "") return this.refuse([{ field: this.key, reason: "" }]);
    return this.adding ? this.add() : this.put(all, TRIES);
  }

  /** Removes the item; true when it is gone. */
  async remove(): Promise<boolean> {
    this.state.value = { is: "saving" };
    const answer = await this.ask<CenterChange>("DELETE", this.path());
    if (answer.is === "refused") {
      // What is wrong then is elsewhere, and no field of this item's.
      this.refuse((answer.problem.invalid ?? []).map(({ field, reason }) => ({ field: "", reason: `${field}: ${reason}` })));
      this.state.value = { is: "needed" };
      return false;
    }
    if (answer.is !== "done" && answer.is !== "missing") return this.end(answer);
    this.discard();
    return true;
  }

  private async add(): Promise<boolean> {
    for (let tries = TRIES; tries > 0; tries--) {
      const list = await this.ask<{ version: number }>("GET", `${this.part}?limit=1`);
      if (list.is !== "done") return this.end(list);
      const there = await this.ask<Read>("GET", this.path());
      if (there.is === "done") {
        this.refuse([]);
        this.state.value = { is: "taken" };
        return false;
      }
      if (there.is !== "missing") return this.end(there);
      const answer = await this.ask<CenterChange>("PUT", this.path(), this.values.value, list.value.version);
      if (answer.is === "done") return this.reread();
      if (answer.is !== "stale") return this.end(answer);
    }
    return this.end({ is: "away" });
  }

  private async put(all: boolean, tries: number): Promise<boolean> {
    const answer = await this.change();
    if (answer.is === "done") return this.reread();
    if (answer.is !== "stale" || tries === 0) return this.end(answer.is === "stale" ? { is: "away" } : answer);
    const theirs = await this.ask<Read>("GET", this.path());
    if (theirs.is === "missing") {
      this.state.value = { is: "gone" };
      return false;
    }
    if (theirs.is !== "done") return this.end(theirs);
    const { item, both } = together(this.base.value, this.values.value, theirs.value.part);
    if (both.length > 0 && !all) {
      this.state.value = { is: "conflict", fields: both };
      return false;
    }
    batch(() => {
      this.values.value = item;
      this.base.value = theirs.value.part;
    });
    this.version = theirs.value.version;
    return this.put(all, tries - 1);
  }

  /** What is no list is changed field by field, so that a field that was emptied is sent too. */
  private change(): Promise<Answer<CenterChange>> {
    const version = this.version ?? undefined;
    if (this.key !== "") return this.ask<CenterChange>("PUT", this.path(), this.values.value, version);
    const changed = differences(this.base.value, this.values.value);
    const set = Object.fromEntries(changed.map((name) => [name, this.values.value[name] ?? emptied(this.base.value[name])]));
    return this.ask<CenterChange>("PATCH", this.path(), set, version);
  }

  /** The item as the node has it now, without what is secret. */
  private async reread(): Promise<boolean> {
    const sent = this.values.value;
    const now = await this.ask<Read>("GET", this.path());
    batch(() => {
      this.base.value = now.is === "done" ? now.value.part : sent;
      this.values.value = this.base.value;
      this.state.value = { is: "saved" };
    });
    this.version = now.is === "done" ? now.value.version : (this.version ?? 1);
    return true;
  }

  private refuse(invalid: readonly Invalid[]): false {
    batch(() => {
      this.invalid.value = invalid;
      this.state.value = { is: "refused" };
      this.refusals.value += 1;
    });
    return false;
  }

  private end(answer: Answer<unknown>): false {
    switch (answer.is) {
      case "refused":
        return this.refuse(answer.problem.invalid ?? [{ field: "", reason: answer.problem.detail ?? answer.problem.title }]);
      case "signed_out":
      case "not_allowed":
        this.state.value = { is: answer.is };
        return false;
      default:
        this.state.value = { is: "away" };
        return false;
    }
  }

  private path(): string {
    return pathOf(this, this.id);
  }
}

/** The address of an item in the API. */
export function pathOf({ part, key }: { part: string; key: string }, id: string): string {
  return key === "" ? part : `${part}/${encodeURIComponent(id)}`;
}
