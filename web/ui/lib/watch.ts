// Watching over emergency calls of others from a page that is no workspace: the admin center, say. It shows and sounds what the node
// shows this person; it carries no call.

import { batch, signal } from "@preact/signals";
import { Acknowledged } from "./acknowledged.ts";
import type { Alert, Fault } from "./api.gen.ts";
import { Feed } from "./feed.ts";
import type { FeedState, World } from "./feed.ts";
import { Sounds } from "./sounds.ts";

export class Watch {
  readonly alerts = signal<readonly Alert[]>([]);
  readonly faults = signal<readonly Fault[]>([]);
  /** An emergency service calls back and this person rings: the workspace can answer. */
  readonly calledBack = signal(false);
  readonly feedDown = signal(false);
  readonly acknowledged = new Acknowledged((call) => this.feed.ask({ do: "acknowledge", call }).catch(() => null));
  readonly sounds = new Sounds();

  private readonly feed: Feed;

  /** signedOut is called when the session is over, or could not be seen to go on. */
  constructor(signedOut: () => void, world?: World) {
    this.feed = new Feed(
      {
        workspace: ({ alerts = [], faults = [], emergency }) =>
          batch(() => {
            this.alerts.value = alerts;
            this.faults.value = faults;
            this.calledBack.value = emergency?.state === "incoming";
            this.acknowledged.shown(alerts);
          }),
        state: (state) => this.changed(state),
        unopened: signedOut,
        signedOut,
      },
      world,
    );
  }

  /** Watches until close. */
  open(): void {
    this.feed.open();
  }

  close(): void {
    this.feed.close();
    this.sounds.hush("chime");
    this.sounds.hush("ring");
  }

  /** A click or a key press lets out what the browser holds back. */
  letOut(): void {
    this.sounds.letOut();
  }

  private changed(state: FeedState): void {
    this.feedDown.value = state === "down";
    if (state === "open") this.acknowledged.feedOpened();
  }
}
