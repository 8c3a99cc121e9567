// Alerts that the person has acknowledged in this tab and the node still shows: they are silent at once, and the node is asked again
// after a feed that broke.

import { signal } from "@preact/signals";
import type { Alert, Reply } from "./api.gen.ts";

export class Acknowledged {
  private readonly seen = signal<ReadonlySet<string>>(new Set());
  private askAgain = false;

  /** ask asks the node to put the alert of a call away; null when the node cannot be asked. */
  constructor(private readonly ask: (call: string) => Promise<Reply | null>) {}

  has(alert: Alert): boolean {
    return this.seen.value.has(nameOf(alert));
  }

  add(alert: Alert): void {
    const name = nameOf(alert);
    this.seen.value = new Set([...this.seen.value, name]);
    void this.ask(alert.call).then((reply) => {
      if (reply?.refused) this.seen.value = new Set([...this.seen.value].filter((one) => one !== name));
    });
  }

  /** The node shows these alerts now. */
  shown(alerts: readonly Alert[]): void {
    const open = alerts.filter((alert) => this.has(alert));
    this.seen.value = new Set(open.map(nameOf));
    if (!this.askAgain) return;
    this.askAgain = false;
    for (const alert of open) this.add(alert);
  }

  feedOpened(): void {
    this.askAgain = true;
  }
}

/** Whoever has acknowledged a call does not know yet that it failed: that is another alert. */
function nameOf({ call, failed }: Alert): string {
  return failed ? `${call} failed` : call;
}
