// Where the person is: what the node asks, and what this tab does about the answer. Nothing here stands in the way of a call.

import { batch, signal } from "@preact/signals";
import type { ConfirmedPlace, PlaceChoices, PlaceQuestion, Reply, Request } from "../lib/api.gen.ts";
import type { Permission } from "../lib/position.ts";

/** What the bar needs of the world. */
export interface Answers {
  ask(question: Omit<Request, "id">): Promise<Reply | null>;
  places(): Promise<PlaceChoices | null>;
}

/** Why the last answer was not taken. */
export type Untaken = "away" | "refused";

export class Where {
  /** The form in which another place is chosen is open. */
  readonly choosing = signal(false);
  /** Where one can say to be; null until it is known. */
  readonly places = signal<PlaceChoices | null>(null);
  readonly untaken = signal<Untaken | null>(null);
  /** What the browser says of this page and the position of the machine; "unknown" until it has said so. */
  readonly permission = signal<Permission | "unknown">("unknown");
  /** The person has let this page ask for the position. What the browser has refused ever since is left to readiness to say. */
  readonly positionShared = signal(false);
  /** The person has put the question about the position away. */
  readonly positionLater = signal(false);

  private untold = false; // that this machine may have moved

  constructor(private readonly answers: Answers) {}

  /** Says where the person is, and reports whether the node has taken it. */
  async confirm(place: ConfirmedPlace): Promise<boolean> {
    this.untaken.value = null;
    const reply = await this.answers.ask({ do: "confirm_place", place });
    batch(() => {
      if (reply === null) this.untaken.value = "away";
      else if (reply.refused) this.untaken.value = "refused";
      else this.choosing.value = false;
    });
    return this.untaken.value === null;
  }

  /** Opens the form, with the places as they are now. */
  async choose(): Promise<void> {
    batch(() => {
      this.choosing.value = true;
      this.untaken.value = null;
    });
    const places = await this.answers.places();
    if (places) this.places.value = places;
    else if (this.places.value === null) this.untaken.value = "away";
  }

  close(): void {
    batch(() => {
      this.choosing.value = false;
      this.untaken.value = null;
    });
  }

  /** The person has just signed in, or the machine has another network: the node asks again where they are. */
  moved(): void {
    this.untold = true;
    void this.tell();
  }

  /** The node can be asked again. */
  feedOpened(): void {
    void this.tell();
  }

  forget(): void {
    batch(() => {
      this.close();
      this.places.value = null;
      this.positionShared.value = false;
      this.positionLater.value = false;
      this.untold = false;
    });
  }

  private async tell(): Promise<void> {
    if (!this.untold) return;
    this.untold = false;
    const reply = await this.answers.ask({ do: "network_changed" });
    if (reply === null) this.untold = true;
  }
}

/** What "yes" says: the place that is proposed, as it is shown. Null when none is. */
export function proposed(question: PlaceQuestion): ConfirmedPlace | null {
  if (question.network) return { network: question.network };
  const inside = { ...(question.floor ? { floor: question.floor } : {}), ...(question.room ? { room: question.room } : {}) };
  if (question.home) return { home: true, ...inside };
  return question.site === "" ? null : { site: question.site, ...inside };
}
