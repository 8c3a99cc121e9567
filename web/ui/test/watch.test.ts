import assert from "node:assert/strict";
import { test } from "node:test";
import type { Request, Workspace } from "../lib/api.gen.ts";
import type { Socket } from "../lib/feed.ts";
import { Watch } from "../lib/watch.ts";
import { alert, calm, emergency, watching } from "./screens/states.ts";

/** A node that a page watches, and what the page has asked of it. */
class Node {
  readonly asked: Request[] = [];
  signedOut = 0;
  sockets: Socket[] = [];
  private timers: (() => void)[] = [];
  readonly watch = new Watch(() => this.signedOut++, {
    socket: () => {
      const socket: Socket = { readyState: 1, send: (text) => this.asked.push(JSON.parse(text) as Request), close: () => undefined, onopen: null, onmessage: null, onclose: null };
      this.sockets.push(socket);
      return socket;
    },
    later: (_, run) => {
      this.timers.push(run);
      return () => (this.timers = this.timers.filter((one) => one !== run));
    },
    random: () => 0,
  });

  constructor() {
    this.watch.open();
    this.sockets[0]!.onopen?.(undefined as never);
  }

  shows(workspace: Workspace): void {
    this.sockets.at(-1)!.onmessage?.({ data: JSON.stringify({ workspace }) } as MessageEvent<unknown>);
  }

  breaks(code: number): void {
    this.sockets.at(-1)!.onclose?.({ code } as CloseEvent);
  }

  /** Lets the time pass that the next try waits for. */
  later(): void {
    this.timers.at(-1)?.();
    this.sockets.at(-1)!.onopen?.(undefined as never);
  }
}

test("a watching page shows the alerts that the node shows, and asks it to put them away", () => {
  const node = new Node();
  node.shows(watching(calm, alert()));
  assert.deepEqual(node.watch.alerts.value.map(({ call }) => call), ["e7"]);
  node.watch.acknowledged.add(alert());
  assert.ok(node.watch.acknowledged.has(alert()));
  assert.deepEqual(node.asked.map(({ do: what, call }) => [what, call]), [["acknowledge", "e7"]]);
  node.shows(watching(calm));
  assert.deepEqual(node.watch.alerts.value, []);
});

test("a watching page says that its person is called back, and that the node is away", () => {
  const node = new Node();
  node.shows(watching(emergency({ state: "incoming", incoming: true })));
  assert.ok(node.watch.calledBack.value);
  node.shows(watching(emergency({ state: "connected", incoming: true })));
  assert.ok(!node.watch.calledBack.value);
  node.breaks(1006);
  assert.ok(node.watch.feedDown.value);
  assert.equal(node.signedOut, 0);
});

test("what was acknowledged while the node was away is asked for again", () => {
  const node = new Node();
  node.shows(watching(calm, alert()));
  node.breaks(1006);
  node.watch.acknowledged.add(alert());
  assert.equal(node.asked.length, 0);
  node.later();
  node.shows(watching(calm, alert()));
  assert.deepEqual(node.asked.map(({ call }) => call), ["e7"]);
});

test("a watching page notices the end of its session", () => {
  const node = new Node();
  node.breaks(4401);
  assert.equal(node.signedOut, 1);
});
