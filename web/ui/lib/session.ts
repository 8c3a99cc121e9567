// Signing in and out, the list of ordinary calls, and of places: what the workspace asks over HTTP.

import type { History, HistoryRow, PlaceChoices, Session, SignIn } from "./api.gen.ts";

/** What became of asking who is signed in, or of signing in. */
export type SignedIn = { is: "yes"; session: Session } | { is: "no" } | { is: "slow_down" } | { is: "unreachable" };

const SESSION = "/api/v1/session";
const HISTORY = "/api/v1/history";
const PLACES = "/api/v1/places";

export function whoIsSignedIn(): Promise<SignedIn> {
  return ask({ method: "GET" });
}

export function signIn(who: SignIn): Promise<SignedIn> {
  return ask({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(who) });
}

export async function signOut(): Promise<void> {
  await fetch(SESSION, { method: "DELETE" }).catch(() => undefined);
}

const SIGNED_IN = "mayday.signed_in";

/** Whether somebody was signed in when this tab was last on the page: a guess, for what should not wait until the node has said so. */
export function wasSignedIn(): boolean {
  try {
    return sessionStorage.getItem(SIGNED_IN) === "yes";
  } catch {
    return false;
  }
}

/** Keeps in the tab whether somebody is signed in; a browser that keeps nothing only makes a reload slower. */
export function keepSignedIn(is: boolean): void {
  try {
    if (is) sessionStorage.setItem(SIGNED_IN, "yes");
    else sessionStorage.removeItem(SIGNED_IN);
  } catch {
    // The next page asks first.
  }
}

/** The last ordinary calls, newest first; null when nobody is signed in or the node does not answer. */
export async function history(): Promise<HistoryRow[] | null> {
  return (await read<History>(HISTORY))?.rows ?? null;
}

/** Where the person can say to be; null as above. */
export function places(): Promise<PlaceChoices | null> {
  return read<PlaceChoices>(PLACES);
}

async function read<T>(path: string): Promise<T | null> {
  try {
    const response = await fetch(path, { cache: "no-store" });
    return response.ok ? ((await response.json()) as T) : null;
  } catch {
    return null;
  }
}

async function ask(request: RequestInit): Promise<SignedIn> {
  try {
    const response = await fetch(SESSION, { ...request, cache: "no-store" });
    if (response.ok) return { is: "yes", session: (await response.json()) as Session };
    if (response.status === 429) return { is: "slow_down" };
    if (response.status >= 500) return { is: "unreachable" };
    return { is: "no" };
  } catch {
    return { is: "unreachable" };
  }
}
