// What lives behind the workspace of one tab: what the node said, what only this tab knows, and what a click asks for.

import { batch, computed, signal } from "@preact/signals";
import { Acknowledged } from "../lib/acknowledged.ts";
import type { Alert, HistoryRow, Position, Reply, Request, Workspace } from "../lib/api.gen.ts";
import { placeDrill, testTrunks } from "../lib/drill.ts";
import { Drilling } from "../lib/drilling.ts";
import { Feed } from "../lib/feed.ts";
import type { FeedState } from "../lib/feed.ts";
import { clean, emergencyNumber } from "../lib/number.ts";
import { positionDenied } from "../lib/permission.ts";
import { measuredPosition, onNetworkChange, positionPermission } from "../lib/position.ts";
import * as session from "../lib/session.ts";
import { whenItLasts } from "../lib/when.ts";
import { isEmergency, screenOf, severed } from "./screen.ts";
import type { Dialling, Local, Screen, Unreached } from "./screen.ts";
import { Sound } from "./sound.ts";
import { proposed, Where } from "./where.ts";

/** What is said to the person once: a key of a sentence, not a sentence. */
export type Notice = "not_a_number" | "emergency_locked" | "no_such_call" | "other" | "feed_down";

/** How long a call may stay unseen after the node has taken it. */
const SHOWN_WITHIN_MS = 3000;
/**
 * How long an emergency call may be without sound and without the node before the screen sends the person to a mobile phone. A browser
 * needs about as long again to notice that the sound is gone: it is ten seconds for the person.
 */
const SEVERED_FOR_MS = 5000;

export class Desk {
  readonly server = signal<Workspace | null>(null);
  readonly signedIn = signal<Local["signedIn"]>("asking");
  readonly feedState = signal<FeedState>("connecting");
  readonly dialling = signal<Dialling | null>(null);
  readonly unreached = signal<Unreached | null>(null);
  readonly ending = signal<string | null>(null);
  readonly settingsOpen = signal(false);
  readonly digits = signal("");
  readonly notice = signal<Notice | null>(null);
  readonly recents = signal<HistoryRow[]>([]);

  readonly acknowledged = new Acknowledged((call) => this.ask({ do: "acknowledge", call }));
  readonly where = new Where({ ask: (question) => this.ask(question), places: session.places });
  readonly drills = new Drilling({ trunks: testTrunks, place: placeDrill });

  readonly sound: Sound;
  readonly screen = computed<Screen>(() => screenOf(this.server.value, this.local()));

  private readonly feed: Feed;
  private dialTimer: ReturnType<typeof setTimeout> | undefined;
  private windowTimer: ReturnType<typeof setTimeout> | undefined;
  private stopWatching: (() => void) | null = null;
  private position: Position | null = null;

  constructor() {
    this.feed = new Feed({
      workspace: (state) => this.shown(state),
      state: (state) => this.feedChanged(state),
      unopened: () => void this.checkSession(),
      signedOut: () => this.signedOutByNode(),
    });
    this.sound = new Sound(
      (question) => this.feed.ask(question),
      () => (this.feedState.value === "open" ? (this.server.value?.sound.connected ?? null) : null),
    );
    whenItLasts(SEVERED_FOR_MS, () => severed(this.server.value, this.local()), () => this.sever());
  }

  /** Begins with all that takes time at once, as if somebody were signed in: a reload must not cost a call more sound than it has to. */
  async begin(): Promise<void> {
    this.feed.open();
    if (session.wasSignedIn()) this.sound.open();
    else this.sound.prepare();
    const asked = await session.whoIsSignedIn();
    if (asked.is === "no") this.signedOutByNode();
    else this.work();
  }

  async signIn(username: string, password: string): Promise<session.SignedIn["is"]> {
    const asked = await session.signIn({ username, password });
    if (asked.is === "yes") {
      this.where.moved();
      this.work();
    }
    return asked.is;
  }

  async signOut(): Promise<void> {
    this.stop();
    session.keepSignedIn(false);
    await session.signOut();
    location.reload();
  }

  /** Enter in the number box: calls the number, or says yes to the question where the person is while there is no number. */
  entered(): void {
    if (clean(this.digits.value) === "" && this.server.value?.confirm?.ask === true) void this.sayYes();
    else this.dialTyped();
  }

  /** The person is where the node takes them to be. */
  async sayYes(): Promise<void> {
    const { confirm } = this.server.value ?? {};
    const place = confirm?.ask === true ? proposed(confirm) : null;
    if (place !== null) await this.where.confirm(place);
  }

  /** The person lets the browser measure where it is, which may ask them once more. */
  async sharePosition(): Promise<void> {
    this.where.positionShared.value = true;
    await this.measure();
    this.where.permission.value = await positionPermission();
  }

  /** Calls the number in the box; now, within this very key press. */
  dialTyped(): void {
    this.dial(this.digits.value);
  }

  typed(digits: string): void {
    this.digits.value = digits;
    this.notice.value = null;
  }

  dial(typed: string): void {
    const server = this.server.value;
    if (server === null || this.dialling.value !== null || isEmergency(this.screen.value) || clean(typed) === "") return;
    const number = emergencyNumber(typed, server.emergency_numbers);
    if (number === null) this.dialOrdinary(typed);
    else this.dialEmergency(typed, number);
  }

  /** E6, E10: the number of the emergency service here, whatever the map of numbers says. */
  dialAgain(number: string): void {
    if (this.dialling.value === null) this.dialEmergency(number, number);
  }

  end(): void {
    const id = this.server.value?.emergency?.id ?? "";
    this.ending.value = id;
    void this.ask({ do: "end", ...(id === "" ? {} : { call: id }) }).then((reply) => this.ended(reply));
  }

  answer(): void {
    const { emergency, call } = this.server.value ?? {};
    const rings = [emergency, call].find((one) => one?.state === "incoming");
    if (rings) void this.ask({ do: "answer", call: rings.id });
    this.sound.letOut();
  }

  /** Takes part in the emergency call of an alert, silent at first. */
  listenIn(alert: Alert): void {
    this.sound.letOut();
    void this.request({ do: "listen_in", call: alert.call });
  }

  /** Puts the notice of a call that failed away. */
  dismiss(): void {
    this.unreached.value = null;
    const failed = [this.server.value?.emergency, this.server.value?.call].find((call) => call?.state === "failed");
    if (failed) void this.ask({ do: "dismiss", call: failed.id });
  }

  /** Asks the node for something about the ordinary call or the presence and says so when it is refused. */
  async request(question: Omit<Request, "id">): Promise<void> {
    this.notice.value = null;
    this.say(await this.ask(question));
  }

  /** Asks for a presence; the menu goes back to what holds when the node does not take it. */
  async choosePresence(id: string): Promise<void> {
    await this.request({ do: "presence", presence: id });
    this.server.value = this.server.value && { ...this.server.value };
  }

  private local(): Local {
    return {
      signedIn: this.signedIn.value,
      feed: this.feedState.value,
      dialling: this.dialling.value,
      unreached: this.unreached.value,
      ending: this.ending.value,
      media: this.sound.media.value,
      microphone: this.sound.microphone.value,
    };
  }

  private work(): void {
    this.signedIn.value = "yes";
    session.keepSignedIn(true);
    this.feed.open();
    this.sound.open();
    if (this.stopWatching) return;
    this.stopWatching = onNetworkChange(() => this.networkChanged());
    void this.measurePosition();
  }

  private stop(): void {
    this.stopWatching?.();
    this.stopWatching = null;
    this.feed.close();
    this.sound.close();
  }

  private dialOrdinary(typed: string): void {
    this.notice.value = null;
    void this.ask({ do: "dial", digits: typed }).then((reply) => {
      this.say(reply);
      if (reply && !reply.refused) this.digits.value = "";
    });
  }

  /** Sends first and changes the screen second. */
  private dialEmergency(typed: string, number: string): void {
    const asked = this.ask({ do: "dial", digits: typed });
    const after = this.server.value?.emergency?.id ?? null;
    const open = this.feed.isOpen();
    batch(() => {
      this.digits.value = "";
      this.notice.value = null;
      this.ending.value = null;
      this.settingsOpen.value = false;
      this.dialling.value = open ? { number, after, taken: false } : null;
      this.unreached.value = open ? null : { number, again: this.unreached.value !== null };
    });
    if (!open) {
      this.feed.hurry();
      return;
    }
    void asked.then((reply) => this.dialled(reply, number));
  }

  private dialled(reply: Reply | null, number: string): void {
    if (this.dialling.value === null) return;
    if (!reply || reply.refused) {
      this.notConnected(number);
      return;
    }
    this.dialling.value = { ...this.dialling.value, taken: true };
    clearTimeout(this.dialTimer);
    this.dialTimer = setTimeout(() => this.notConnected(number), SHOWN_WITHIN_MS);
  }

  /** A call that was ended before it was ever shown is not waited for any more. */
  private ended(reply: Reply | null): void {
    if (reply === null || this.dialling.value === null) return;
    batch(() => {
      this.dialling.value = null;
      this.ending.value = null;
    });
  }

  private notConnected(number: string): void {
    if (this.dialling.value === null) return;
    batch(() => {
      this.dialling.value = null;
      this.ending.value = null;
      this.unreached.value = { number, again: false };
    });
  }

  /** The node's word replaces what was shown before. */
  private shown(state: Workspace): void {
    const before = this.server.value;
    batch(() => {
      this.server.value = state;
      this.settle(state);
    });
    this.acknowledged.shown(state.alerts ?? []);
    this.sound.belongsTo(state.tab, state.sound.connected);
    this.forgetWindowAt(state.window?.until);
    if (before === null || (before.call && !state.call)) void this.readRecents();
  }

  /** What this tab had only supposed gives way to what the node says. */
  private settle(state: Workspace): void {
    const { emergency: call, window } = state;
    const dialling = this.dialling.value;
    const shown = call ? call.state !== "failed" || call.id !== dialling?.after : dialling?.taken === true && window !== undefined;
    if (dialling && shown) {
      this.dialling.value = null;
      clearTimeout(this.dialTimer);
    }
    if (call && call.state !== "failed") this.unreached.value = null;
    const over = !call || (this.ending.value !== "" && this.ending.value !== call.id);
    if (this.dialling.value === null && over) this.ending.value = null;
  }

  private feedChanged(state: FeedState): void {
    this.feedState.value = state;
    if (state !== "open") return;
    this.work();
    this.endAgain();
    this.acknowledged.feedOpened();
    this.sound.feedOpened();
    this.where.feedOpened();
    void this.tellPosition();
  }

  /** The person wanted to end a call while the node could not be asked. */
  private endAgain(): void {
    const id = this.ending.value;
    if (id) void this.ask({ do: "end", call: id });
  }

  private networkChanged(): void {
    this.feed.hurry();
    this.sound.networkChanged();
    this.where.moved();
    void this.measurePosition();
  }

  /** Measures where the browser lets it. Where the browser would ask the person, the page says first what for. */
  private async measurePosition(): Promise<void> {
    this.where.permission.value = await positionPermission();
    if (this.where.permission.value === "granted") await this.measure();
  }

  private async measure(): Promise<void> {
    if (this.signedIn.value !== "yes" || isEmergency(this.screen.value)) return;
    this.position = (await measuredPosition()) ?? this.position;
    await this.tellPosition();
  }

  private async tellPosition(): Promise<void> {
    if (this.position) await this.ask({ do: "position", position: this.position });
    const denied = await positionDenied();
    if (denied || this.position === null) await this.ask({ do: "location", location: denied ? "denied" : "missing" });
  }

  private async checkSession(): Promise<void> {
    if (this.signedIn.value === "asking") return; // that is being asked
    const asked = await session.whoIsSignedIn();
    if (asked.is === "no") this.signedOutByNode();
  }

  private signedOutByNode(): void {
    if (isEmergency(this.screen.value)) this.feed.close(); // whatever the node thinks of the session, the sound stays
    else this.stop();
    session.keepSignedIn(false);
    batch(() => {
      this.signedIn.value = "no";
      this.server.value = null;
      this.recents.value = [];
      this.settingsOpen.value = false;
      this.drills.forget();
      this.where.forget();
    });
  }

  /** The call is lost for all that this tab can know. Should it come back, the node's word shows it again. */
  private sever(): void {
    const call = this.server.value?.emergency;
    if (call) this.unreached.value = { number: call.number, again: false };
  }

  /** The banner goes when the time is over, even while the node cannot say so. */
  private forgetWindowAt(until: string | undefined): void {
    clearTimeout(this.windowTimer);
    if (until === undefined) return;
    this.windowTimer = setTimeout(() => {
      const server = this.server.value;
      if (server === null || this.feedState.value === "open") return;
      const { window: _, ...rest } = server;
      this.server.value = rest;
    }, Date.parse(until) - Date.now());
  }

  private async readRecents(): Promise<void> {
    const rows = await session.history();
    if (rows) this.recents.value = rows;
  }

  /** The node's reply, or null when it cannot be asked. */
  private ask(question: Omit<Request, "id">): Promise<Reply | null> {
    return this.feed.ask(question).catch(() => null);
  }

  private say(reply: Reply | null): void {
    if (reply === null) this.notice.value = "feed_down";
    else if (reply.refused) this.notice.value = noticeOf(reply.refused.code);
  }
}

function noticeOf(code: string): Notice {
  switch (code) {
    case "NOT_A_NUMBER":
      return "not_a_number";
    case "EMERGENCY_LOCKED":
      return "emergency_locked";
    case "NO_SUCH_CALL":
      return "no_such_call";
    default:
      return "other";
  }
}
