// What lives behind the admin center: who is signed in, which page is shown, and everything that is typed and not yet saved.

import { batch, computed, signal } from "@preact/signals";
import type { Person } from "../lib/api.gen.ts";
import { placeDrill, testTrunks } from "../lib/drill.ts";
import { Drilling } from "../lib/drilling.ts";
import * as session from "../lib/session.ts";
import { Watch } from "../lib/watch.ts";
import { Draft } from "./draft.ts";
import type { Option } from "./form.ts";
import { ask } from "./rest.ts";
import type { Answer } from "./rest.ts";
import { addressOf, routeOf } from "./route.ts";
import type { Route } from "./route.ts";

/** Who looks: nobody is known to be signed in yet, nobody is, somebody who may not, or an administrator. */
export type Looking = "asking" | "unreachable" | "no" | "not_allowed" | "yes";

const TRY_AGAIN_MS = 3000;

export class Admin {
  readonly looking = signal<Looking>("asking");
  readonly person = signal<Person | null>(null);
  readonly route = signal<Route>(routeOf(location.pathname, location.search));
  readonly drafts = signal<ReadonlyMap<string, Draft>>(new Map());
  readonly unsaved = computed(() => [...this.drafts.value.values()].filter((draft) => draft.dirty.value));
  readonly drills = new Drilling({ trunks: testTrunks, place: placeDrill });
  readonly watch = new Watch(() => void this.begin());
  /** The items of lists by their names, as far as they are known. */
  readonly choices = signal<ReadonlyMap<string, readonly Option[]>>(new Map());
  /** What every page remembers of its list while another one is shown. */
  readonly lists = new Map<string, unknown>();

  constructor() {
    addEventListener("popstate", () => (this.route.value = routeOf(location.pathname, location.search)));
    addEventListener("beforeunload", (event) => {
      if (this.unsaved.value.length > 0) event.preventDefault();
    });
  }

  /** Begins, or begins again: is an administrator signed in? */
  async begin(): Promise<void> {
    const asked = await session.whoIsSignedIn();
    if (asked.is === "yes") this.enter(asked.session.person);
    else if (asked.is === "no") this.leave();
    else this.waitForNode();
  }

  async signIn(username: string, password: string): Promise<session.SignedIn["is"]> {
    const asked = await session.signIn({ username, password });
    if (asked.is === "yes") this.enter(asked.session.person);
    return asked.is;
  }

  async signOut(): Promise<void> {
    await session.signOut();
    location.reload();
  }

  go(to: Partial<Route>): void {
    history.pushState(null, "", addressOf(to));
    this.route.value = { page: "", item: null, adding: false, ...to };
  }

  /** The same page under another address: what was added has a name now. */
  becomes(to: Partial<Route>): void {
    history.replaceState(null, "", addressOf(to));
    this.route.value = { page: "", item: null, adding: false, ...to };
  }

  /** Asks the node; whoever is signed out meanwhile is asked to sign in, and loses nothing. */
  readonly ask = async <T>(method: string, path: string, body?: unknown, version?: number): Promise<Answer<T>> => {
    const answer = await ask<T>(method, path, body, version);
    if (answer.is === "signed_out") this.leave();
    return answer;
  };

  draft(name: string): Draft | null {
    return this.drafts.value.get(name) ?? null;
  }

  keep(name: string, draft: Draft): void {
    this.drafts.value = new Map([...this.drafts.value, [name, draft]]);
  }

  forget(name: string): void {
    this.drafts.value = new Map([...this.drafts.value].filter(([other]) => other !== name));
  }

  private enter(person: Person): void {
    const another = this.person.value !== null && this.person.value.id !== person.id;
    batch(() => {
      if (another) {
        this.drafts.value = new Map();
        this.lists.clear();
        this.drills.forget();
      }
      this.person.value = person;
      this.looking.value = person.roles.includes("administrator") ? "yes" : "not_allowed";
    });
    if (this.looking.value === "yes") this.watch.open();
  }

  private leave(): void {
    this.watch.close();
    this.looking.value = "no";
  }

  /** A page that is shown stays: only one that has nothing to show yet says that the node is away. */
  private waitForNode(): void {
    if (this.looking.value !== "asking" && this.looking.value !== "unreachable") return;
    this.looking.value = "unreachable";
    setTimeout(() => void this.begin(), TRY_AGAIN_MS);
  }
}
