// The feed: one WebSocket to the node. It says what the node says and forgets the rest; it never sends anything twice.

import type { Message, Reply, Request, Workspace } from "./api.gen.ts";
import { Backoff } from "./backoff.ts";

/** Where the connection stands: "connecting" until the first try is decided, then "open" or "down". */
export type FeedState = "connecting" | "open" | "down";

/** The part of a WebSocket that the feed uses. */
export interface Socket {
  readonly readyState: number;
  send(text: string): void;
  close(): void;
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: MessageEvent<unknown>) => unknown) | null;
  onclose: ((event: CloseEvent) => unknown) | null;
}

/** What the feed needs of the world, so that a test can be the world. */
export interface World {
  socket(): Socket;
  later(ms: number, run: () => void): () => void;
  random(): number;
}

/** Who listens. */
export interface Listener {
  workspace(state: Workspace): void;
  state(state: FeedState): void;
  /** The connection could not be opened: perhaps nobody is signed in any more. */
  unopened(): void;
  /** The session has ended, or this person has no workspace (any more). */
  signedOut(): void;
}

/** The node cannot be asked now, or did not reply in time. Whatever was asked is forgotten, not kept for later. */
export class FeedDown extends Error {
  override readonly name = "FeedDown";

  constructor() {
    super("the node cannot be reached");
  }
}

type Question = Omit<Request, "id">;

interface Waiting {
  reply(reply: Reply): void;
  fail(error: Error): void;
  cancel(): void;
}

const OPEN = 1;
const SIGNED_OUT = 4401;
const NO_WORKSPACE = 4403;
const REPLY_WITHIN_MS = 3000;
const OPEN_WITHIN_MS = 4000;

export class Feed {
  private socket: Socket | null = null;
  private state: FeedState = "connecting";
  private lastID = 0;
  private wanted = false;
  private stopTimer: () => void = () => undefined;
  private readonly waiting = new Map<number, Waiting>();
  private readonly backoff: Backoff;

  constructor(
    private readonly listener: Listener,
    private readonly world: World = browser(),
  ) {
    this.backoff = new Backoff(200, 2000, () => world.random());
  }

  /** Connects, and keeps connecting until close. */
  open(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.say("connecting");
    this.connect();
  }

  close(): void {
    this.wanted = false;
    this.stopTimer();
    this.drop();
  }

  /** Tries again at once instead of at the end of the waiting time. */
  hurry(): void {
    if (!this.wanted || this.state === "open" || this.socket !== null) return;
    this.backoff.reset();
    this.connect();
  }

  isOpen(): boolean {
    return this.socket !== null && this.socket.readyState === OPEN;
  }

  /** Sends a request now, before it returns, or not at all. */
  ask(question: Question): Promise<Reply> {
    const socket = this.socket;
    if (socket === null || socket.readyState !== OPEN) return Promise.reject(new FeedDown());
    const request: Request = { ...question, id: ++this.lastID };
    socket.send(JSON.stringify(request));
    return this.replyTo(request.id, socket);
  }

  private replyTo(id: number, socket: Socket): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const cancel = this.world.later(REPLY_WITHIN_MS, () => this.lost(socket));
      this.waiting.set(id, { reply: resolve, fail: reject, cancel });
    });
  }

  private connect(): void {
    this.stopTimer();
    const socket = this.world.socket();
    this.socket = socket;
    this.stopTimer = this.world.later(OPEN_WITHIN_MS, () => this.lost(socket));
    socket.onopen = () => {
      if (socket !== this.socket) return;
      this.stopTimer();
      this.say("open");
    };
    socket.onmessage = (event) => {
      if (socket === this.socket) this.hear(event.data);
    };
    socket.onclose = (event) => this.lost(socket, event.code);
  }

  private hear(data: unknown): void {
    const message = parsed(data);
    if (message?.workspace) {
      this.backoff.reset();
      this.listener.workspace(message.workspace);
    }
    if (message?.reply) this.answered(message.reply);
  }

  private answered(reply: Reply): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    waiting?.cancel();
    waiting?.reply(reply);
  }

  private lost(socket: Socket, code = 0): void {
    if (socket !== this.socket) return;
    const opened = this.state === "open";
    this.drop();
    if (!this.wanted) return;
    if (code === SIGNED_OUT || code === NO_WORKSPACE) {
      this.wanted = false;
      this.listener.signedOut();
      return;
    }
    this.say("down");
    if (!opened) this.listener.unopened();
    if (this.wanted) this.stopTimer = this.world.later(this.backoff.nextMs(), () => this.connect());
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    this.stopTimer();
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const one of waiting) {
      one.cancel();
      one.fail(new FeedDown());
    }
  }

  private say(state: FeedState): void {
    this.state = state;
    this.listener.state(state);
  }
}

function parsed(data: unknown): Message | null {
  if (typeof data !== "string") return null;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? value : null;
  } catch {
    return null;
  }
}

function browser(): World {
  return {
    socket: () => new WebSocket(new URL("/api/v1/feed", location.href.replace(/^http/, "ws")).href),
    later: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
  };
}
