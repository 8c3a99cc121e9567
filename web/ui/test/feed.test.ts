import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, Request, Workspace } from "../lib/api.gen.ts";
import { Feed, FeedDown } from "../lib/feed.ts";
import type { FeedState, Socket } from "../lib/feed.ts";
import { calm } from "./screens/states.ts";

/** A socket whose other end is the test. */
class Line implements Socket {
  readyState = 0;
  closed = false;
  readonly sent: Request[] = [];
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Request);
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.(undefined as never);
  }

  says(message: Message | string): void {
    const data = typeof message === "string" ? message : JSON.stringify(message);
    this.onmessage?.({ data } as MessageEvent<unknown>);
  }

  breaks(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code } as CloseEvent);
  }
}

/** A world with a clock that the test turns. */
class Room {
  readonly lines: Line[] = [];
  readonly states: FeedState[] = [];
  readonly shown: Workspace[] = [];
  unopened = 0;
  signedOut = 0;
  private now = 0;
  private timers: { at: number; run: () => void }[] = [];
  readonly feed = new Feed(
    {
      workspace: (state) => this.shown.push(state),
      state: (state) => this.states.push(state),
      unopened: () => this.unopened++,
      signedOut: () => this.signedOut++,
    },
    {
      socket: () => {
        const line = new Line();
        this.lines.push(line);
        return line;
      },
      later: (ms, run) => {
        const timer = { at: this.now + ms, run };
        this.timers.push(timer);
        return () => (this.timers = this.timers.filter((one) => one !== timer));
      },
      random: () => 0,
    },
  );

  get line(): Line {
    return this.lines.at(-1)!;
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.timers = this.timers.filter((one) => one !== next);
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }

  opened(): this {
    this.feed.open();
    this.line.open();
    this.line.says({ workspace: calm });
    return this;
  }
}

test("a request is on the wire before ask returns, and its reply is found by its id", async () => {
  const room = new Room().opened();
  const dial = room.feed.ask({ do: "dial", digits: "112" });
  assert.deepEqual(room.line.sent, [{ id: 1, do: "dial", digits: "112" }]);
  const mute = room.feed.ask({ do: "mute" });
  room.line.says({ reply: { id: 2, refused: { code: "NO_SUCH_CALL", detail: "" } } });
  room.line.says({ reply: { id: 1 } });
  assert.equal((await mute).refused?.code, "NO_SUCH_CALL");
  assert.equal((await dial).refused, undefined);
});

test("what is asked while the line is down is refused at once and never sent later", async () => {
  const room = new Room().opened();
  room.line.breaks();
  await assert.rejects(room.feed.ask({ do: "dial", digits: "112" }), FeedDown);
  room.pass(200);
  room.line.open();
  assert.deepEqual(room.line.sent, []);
});

test("a request whose line breaks fails, and is not sent on the next line", async () => {
  const room = new Room().opened();
  const dial = room.feed.ask({ do: "dial", digits: "112" });
  room.line.breaks();
  await assert.rejects(dial, FeedDown);
  room.pass(200);
  room.line.open();
  assert.deepEqual(room.line.sent, []);
});

test("a node that does not reply within three seconds counts as gone", async () => {
  const room = new Room().opened();
  const dial = room.feed.ask({ do: "dial", digits: "112" });
  room.pass(3000);
  await assert.rejects(dial, FeedDown);
  assert.ok(room.lines[0]!.closed);
  assert.equal(room.states.at(-1), "down");
});

test("it tries again after 0.2 s, then in ever longer steps up to 2 s", () => {
  const room = new Room().opened();
  room.line.breaks();
  for (const wait of [200, 400, 800, 1600, 2000, 2000]) {
    const before = room.lines.length;
    room.pass(wait - 1);
    assert.equal(room.lines.length, before, `before ${wait} ms`);
    room.pass(1);
    assert.equal(room.lines.length, before + 1, `after ${wait} ms`);
    room.line.breaks();
  }
  assert.equal(room.unopened, 6);
});

test("hurry tries at once, and only where there is something to hurry", () => {
  const room = new Room().opened();
  room.feed.hurry();
  assert.equal(room.lines.length, 1);
  room.line.breaks();
  room.feed.hurry();
  assert.equal(room.lines.length, 2);
  room.feed.hurry();
  assert.equal(room.lines.length, 2, "a try is under way");
});

test("a line that never opens is given up", () => {
  const room = new Room();
  room.feed.open();
  room.pass(4000);
  assert.ok(room.lines[0]!.closed);
  assert.equal(room.states.at(-1), "down");
});

test("4401 and 4403 end the feed for good", () => {
  for (const code of [4401, 4403]) {
    const room = new Room().opened();
    room.line.breaks(code);
    room.pass(60_000);
    assert.equal(room.signedOut, 1);
    assert.equal(room.lines.length, 1);
  }
});

test("after signing out nothing is tried any more", () => {
  const room = new Room().opened();
  room.feed.close();
  room.pass(60_000);
  assert.equal(room.lines.length, 1);
  assert.ok(room.line.closed);
});

test("the newest state is shown and what is not understood is left out", () => {
  const room = new Room().opened();
  for (const junk of ["", "{", "null", "7", '{"weather":{}}', '{"reply":{"id":99}}']) room.line.says(junk);
  room.line.says({ workspace: { ...calm, tab: "t2" } });
  assert.deepEqual(room.shown.map(({ tab }) => tab), ["t1", "t2"]);
});

test("a line that was given up is not listened to", () => {
  const room = new Room().opened();
  const old = room.line;
  const ears = old.onmessage;
  old.breaks();
  ears?.({ data: JSON.stringify({ workspace: calm }) } as MessageEvent<unknown>);
  assert.equal(room.shown.length, 1);
});
