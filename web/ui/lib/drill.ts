// Drills over HTTP: where one can go, and placing one.

import type { Drill, DrillOrder, DrillTargets, Problem } from "./api.gen.ts";

/** What became of a drill that was asked for: its evidence, the node's refusal, or nothing that can be known. */
export type Placed = { is: "over"; drill: Drill } | { is: "refused"; code: string; detail: string } | { is: "unknown" };

const DRILLS = "/api/v1/drills";
/** More than a drill takes with every time-out in it. */
const DRILL_TAKES_MS = 120_000;

/** The trunks that have a test service; null when the node does not say. */
export async function testTrunks(): Promise<string[] | null> {
  try {
    const response = await fetch(DRILLS, { cache: "no-store" });
    return response.ok ? ((await response.json()) as DrillTargets).trunks : null;
  } catch {
    return null;
  }
}

/** Places a drill by the trunk, "" for the built-in test service, and waits until it is over. */
export async function placeDrill(trunk: string): Promise<Placed> {
  const order: DrillOrder = trunk === "" ? {} : { trunk };
  try {
    const response = await fetch(DRILLS, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(order),
      signal: AbortSignal.timeout(DRILL_TAKES_MS),
    });
    if (response.ok) return { is: "over", drill: (await response.json()) as Drill };
    const { code, detail = "" } = (await response.json()) as Partial<Problem>;
    return code === undefined ? { is: "unknown" } : { is: "refused", code, detail };
  } catch {
    return { is: "unknown" };
  }
}
