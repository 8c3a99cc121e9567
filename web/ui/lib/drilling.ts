// Test calls of an administrator: which one runs, and what the last one has shown. It outlives the page it is shown on.

import { batch, signal } from "@preact/signals";
import type { Hop } from "./api.gen.ts";
import type { Placed } from "./drill.ts";

/** Where the drill of this tab stands. */
export type DrillState = { is: "none" } | { is: "running" } | Placed;

/** Asks the node; tests answer in its stead. */
export interface DrillWorld {
  trunks(): Promise<string[] | null>;
  place(trunk: string): Promise<Placed>;
}

export class Drilling {
  readonly state = signal<DrillState>({ is: "none" });
  /** The trunks that have a test service; null while the node has not said. */
  readonly trunks = signal<readonly string[] | null>(null);
  /** The trunk that the next drill goes by; "": the built-in test service. */
  readonly through = signal("");
  private session = 0;

  constructor(private readonly world: DrillWorld) {}

  async readTrunks(): Promise<void> {
    const session = this.session;
    const trunks = await this.world.trunks();
    if (trunks === null || session !== this.session) return;
    batch(() => {
      this.trunks.value = trunks;
      if (!trunks.includes(this.through.value)) this.through.value = "";
    });
  }

  /** Places a drill; while one runs, nothing. */
  async place(): Promise<void> {
    if (this.state.value.is === "running") return;
    const session = this.session;
    this.state.value = { is: "running" };
    const placed = await this.world.place(this.through.value);
    if (session === this.session) this.state.value = placed;
  }

  /** Whoever signs in next sees nothing of it. */
  forget(): void {
    this.session += 1;
    batch(() => {
      this.state.value = { is: "none" };
      this.trunks.value = null;
      this.through.value = "";
    });
  }
}

/** A hop with the time since the first one, in milliseconds. */
export interface TimedHop extends Hop {
  after: number;
}

export function timed(hops: readonly Hop[]): TimedHop[] {
  const first = Date.parse(hops[0]?.at ?? "");
  return hops.map((hop) => ({ ...hop, after: Date.parse(hop.at) - first }));
}
