// What the admin center asks the node over HTTP, and every way in which that can end.

import type { Problem } from "../lib/api.gen.ts";

export type Answer<T> =
  | { is: "done"; value: T }
  | { is: "refused"; problem: Problem }
  /** The center is newer than what was read. */
  | { is: "stale" }
  | { is: "missing" }
  | { is: "signed_out" }
  | { is: "not_allowed" }
  /** The node does not answer, or could not do it now. What became of a change is not known. */
  | { is: "away" };

/** Asks the node; tests answer in its stead. A body that is a Blob goes as it is, any other as JSON. */
export type Ask = <T>(method: string, path: string, body?: unknown, version?: number) => Promise<Answer<T>>;

const ROOT = "/api/v1/";
const ANSWER_WITHIN_MS = 20_000;

export const ask: Ask = async <T>(method: string, path: string, body?: unknown, version?: number): Promise<Answer<T>> => {
  const headers: Record<string, string> = {};
  const whole = body instanceof Blob;
  if (body !== undefined) headers["Content-Type"] = whole ? body.type : "application/json";
  if (version !== undefined) headers["If-Match"] = `"${version}"`;
  try {
    const response = await fetch(ROOT + path, {
      method,
      headers,
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(body === undefined ? {} : { body: whole ? body : JSON.stringify(body) }),
    });
    if (response.ok) return { is: "done", value: (await response.json()) as T };
    return otherwise(response.status, await response.json().catch(() => null));
  } catch {
    return { is: "away" };
  }
};

function otherwise<T>(status: number, problem: unknown): Answer<T> {
  switch (status) {
    case 401:
      return { is: "signed_out" };
    case 403:
      return { is: "not_allowed" };
    case 404:
      return { is: "missing" };
    case 412:
      return { is: "stale" };
  }
  return status >= 500 || problem === null ? { is: "away" } : { is: "refused", problem: problem as Problem };
}

/** Every item of a list that matches; null when the node does not say. */
export async function everything<Item>(part: string, through: Ask = ask): Promise<Item[] | null> {
  const all: Item[] = [];
  for (;;) {
    const answer = await through<{ items: Item[]; total: number }>("GET", `${part}?limit=1000&offset=${all.length}`);
    if (answer.is !== "done") return null;
    all.push(...answer.value.items);
    if (all.length >= answer.value.total || answer.value.items.length === 0) return all;
  }
}
