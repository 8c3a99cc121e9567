// What lives behind the workspace of one tab: what the node said, what only this tab knows, and what a click asks for.

import { batch, computed, effect, signal } from "@preact/signals";
import type { HistoryRow, Position, Reply, Request, Workspace } from "../lib/api.gen.ts";
import { chosenDevices, keepDevices } from "../lib/chosen.ts";
import type { Chosen } from "../lib/chosen.ts";
import { Feed } from "../lib/feed.ts";
import type { FeedState } from "../lib/feed.ts";
import { Media } from "../lib/media.ts";
import type { MediaState } from "../lib/media.ts";
import type { MicrophoneState } from "../lib/microphone.ts";
import { onMicrophoneChange } from "../lib/microphone.ts";
import { clean, emergencyNumber } from "../lib/number.ts";
import { measuredPosition, onNetworkChange } from "../lib/position.ts";
import * as session from "../lib/session.ts";
import { Sounds } from "../lib/sounds.ts";
import { isEmergency, screenOf, severed } from "./screen.ts";
import type { Dialling, Local, Screen } from "./screen.ts";

/** What is said to the person once: a key of a sentence, not a sentence. */
export type Notice = "not_a_number" | "emergency_locked" | "no_such_call" | "other" | "feed_down";

/** How long a call may stay unseen after the node has taken it. */
const SHOWN_WITHIN_MS = 3000;
/** How often the node is told of the microphone again: so a dead connection is noticed before it is needed. */
const TELL_EVERY_MS = 15_000;
/** How long an emergency call may be without sound and without the node before the screen sends the person to a mobile phone. */
const SEVERED_FOR_MS = 10_000;
/** How long the node may say that it holds no sound of this tab while this tab says that it does. */
const DISAGREE_FOR_MS = 1000;

export class Desk {
  readonly server = signal<Workspace | null>(null);
  readonly signedIn = signal<Local["signedIn"]>("asking");
  readonly feedState = signal<FeedState>("connecting");
  readonly dialling = signal<Dialling | null>(null);
  readonly unreached = signal<string | null>(null);
  readonly ending = signal<string | null>(null);
  readonly media = signal<MediaState>("connecting");
  readonly microphone = signal<MicrophoneState>("asking");
  readonly microphoneTrack = signal<MediaStreamTrack | null>(null);
  readonly silenced = signal(false);
  readonly ringHeldBack = signal(false);
  readonly settingsOpen = signal(false);
  readonly digits = signal("");
  readonly notice = signal<Notice | null>(null);
  readonly recents = signal<HistoryRow[]>([]);
  readonly chosen = signal(chosenDevices());

  readonly sounds = new Sounds();
  readonly screen = computed<Screen>(() => screenOf(this.server.value, this.local()));

  private readonly connection: Media;
  private readonly feed: Feed;
  private dialTimer: ReturnType<typeof setTimeout> | undefined;
  private windowTimer: ReturnType<typeof setTimeout> | undefined;
  private renewed = false;
  /** The tab whose sound the connection carries, as the node calls it. */
  private tab = "";
  private opened = false;
  private stops: (() => void)[] = [];
  private position: Position | null = null;

  constructor() {
    this.feed = new Feed({
      workspace: (state) => this.shown(state),
      state: (state) => this.feedChanged(state),
      unopened: () => void this.checkSession(),
      signedOut: () => this.signedOutByNode(),
    });
    this.connection = new Media({
      offer: (sdp) => this.offer(sdp),
      state: (state) => (this.media.value = state),
      microphone: (state, track) => this.microphoneIs(state, track),
      silenced: (silenced) => (this.silenced.value = silenced),
      silence: () => this.sounds.silence(),
    });
    whenItLasts(SEVERED_FOR_MS, () => severed(this.server.value, this.local()), () => this.sever());
    whenItLasts(DISAGREE_FOR_MS, () => this.disagree(), () => this.renew());
  }

  /** Begins: is somebody signed in? */
  async begin(): Promise<void> {
    const asked = await session.whoIsSignedIn();
    if (asked.is === "no") this.signedIn.value = "no";
    else this.work();
  }

  async signIn(username: string, password: string): Promise<session.SignedIn["is"]> {
    const asked = await session.signIn({ username, password });
    if (asked.is === "yes") this.work();
    return asked.is;
  }

  async signOut(): Promise<void> {
    this.stop();
    await session.signOut();
    location.reload();
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
    void this.ask({ do: "end", ...(id === "" ? {} : { call: id }) });
  }

  answer(): void {
    const call = this.server.value?.emergency ?? this.server.value?.call;
    if (call) void this.ask({ do: "answer", call: call.id });
    void this.connection.play();
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

  openMicrophone(id = this.chosen.value.microphone): void {
    this.choose({ microphone: id });
    this.microphone.value = this.microphone.value === "ready" ? "ready" : "asking";
    void this.connection.openMicrophone(id);
  }

  useSpeaker(id: string): void {
    this.choose({ speaker: id });
    void this.connection.useSpeaker(id);
    void this.sounds.useSpeaker(id);
  }

  async ring(on: boolean): Promise<void> {
    if (!on) {
      this.sounds.hush();
      this.ringHeldBack.value = false;
      return;
    }
    this.ringHeldBack.value = !(await this.sounds.ring());
  }

  /** A click or a key press lets out the sound that the browser held back. */
  touched(): void {
    if (this.silenced.value) void this.connection.play();
    if (this.ringHeldBack.value) void this.sounds.wake().then((awake) => (this.ringHeldBack.value = !awake));
  }

  private local(): Local {
    return {
      signedIn: this.signedIn.value,
      feed: this.feedState.value,
      dialling: this.dialling.value,
      unreached: this.unreached.value,
      ending: this.ending.value,
      media: this.media.value,
      microphone: this.microphone.value,
    };
  }

  private work(): void {
    this.signedIn.value = "yes";
    this.feed.open();
    if (this.stops.length > 0) return;
    const { microphone, speaker } = this.chosen.value;
    if (speaker !== "") this.useSpeaker(speaker);
    void this.connection.openMicrophone(microphone);
    void this.measurePosition();
    const telling = setInterval(() => void this.tellMicrophone(), TELL_EVERY_MS);
    this.stops = [
      () => clearInterval(telling),
      onMicrophoneChange(() => void this.connection.microphoneChanged()),
      onNetworkChange(() => this.networkChanged()),
    ];
  }

  private stop(): void {
    for (const stop of this.stops.splice(0)) stop();
    this.feed.close();
    this.connection.close();
    this.tab = "";
    this.microphoneTrack.value = null;
    this.microphone.value = "asking";
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
      this.dialling.value = open ? { number, after } : null;
      this.unreached.value = open ? null : number;
    });
    if (!open) {
      this.feed.hurry();
      return;
    }
    void asked.then((reply) => this.dialled(reply, number));
  }

  private dialled(reply: Reply | null, number: string): void {
    if (this.dialling.value === null) return;
    clearTimeout(this.dialTimer);
    if (reply && !reply.refused) this.dialTimer = setTimeout(() => this.notConnected(number), SHOWN_WITHIN_MS);
    else this.notConnected(number);
  }

  private notConnected(number: string): void {
    if (this.dialling.value === null) return;
    batch(() => {
      this.dialling.value = null;
      this.ending.value = null;
      this.unreached.value = number;
    });
  }

  /** The node's word replaces what was shown before. */
  private shown(state: Workspace): void {
    const before = this.server.value;
    batch(() => {
      this.server.value = whole(state);
      this.settle(state);
    });
    if (state.sound.connected) this.renewed = false;
    this.connectSound(state.tab);
    this.forgetWindowAt(state.window?.until);
    if (before === null || (before.call && !state.call)) void this.readRecents();
  }

  /** The node ties the sound to the tab: under a new name it needs a new connection, under the old one the old is mended. */
  private connectSound(tab: string): void {
    if (tab !== this.tab) void this.connection.renew();
    else if (this.opened) void this.connection.negotiate();
    this.tab = tab;
    this.opened = false;
  }

  /** What this tab had only supposed gives way to what the node says. */
  private settle(state: Workspace): void {
    const call = state.emergency;
    if (call && call.id !== this.dialling.value?.after) {
      this.dialling.value = null;
      clearTimeout(this.dialTimer);
      if (call.state !== "failed") this.unreached.value = null;
    }
    if (this.ending.value !== null && this.dialling.value === null && (!call || (this.ending.value !== "" && call.id !== this.ending.value))) {
      this.ending.value = null;
    }
  }

  private feedChanged(state: FeedState): void {
    this.feedState.value = state;
    if (state !== "open") return;
    this.renewed = false;
    this.opened = true;
    this.endAgain();
    void this.tellMicrophone();
    void this.tellPosition();
  }

  /** The person wanted to end a call while the node could not be asked. */
  private endAgain(): void {
    const id = this.ending.value;
    if (id) void this.ask({ do: "end", call: id });
  }

  private networkChanged(): void {
    this.feed.hurry();
    void this.connection.negotiate();
    void this.measurePosition();
  }

  private async measurePosition(): Promise<void> {
    if (this.signedIn.value !== "yes" || isEmergency(this.screen.value)) return;
    this.position = (await measuredPosition()) ?? this.position;
    await this.tellPosition();
  }

  private async tellPosition(): Promise<void> {
    if (this.position) await this.ask({ do: "position", position: this.position });
  }

  private async checkSession(): Promise<void> {
    const asked = await session.whoIsSignedIn();
    if (asked.is === "no") this.signedOutByNode();
  }

  private signedOutByNode(): void {
    if (isEmergency(this.screen.value)) this.feed.close(); // whatever the node thinks of the session, the sound stays
    else this.stop();
    batch(() => {
      this.signedIn.value = "no";
      this.server.value = null;
      this.recents.value = [];
      this.settingsOpen.value = false;
    });
  }

  private async offer(sdp: string): Promise<string> {
    const reply = await this.feed.ask({ do: "media_offer", sdp });
    if (reply.refused || !reply.sdp) throw new Error("the node refused the offer");
    return reply.sdp;
  }

  /** The call is lost for all that this tab can know. Should it come back, the node's word shows it again. */
  private sever(): void {
    this.unreached.value = this.server.value?.emergency?.number ?? null;
  }

  private disagree(): boolean {
    return this.media.value === "connected" && this.feedState.value === "open" && this.server.value?.sound.connected === false;
  }

  /** A connection that only this end believes in is made anew, once: a second time the node would have to believe in it first. */
  private renew(): void {
    if (this.renewed) return;
    this.renewed = true;
    void this.connection.renew();
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

  private choose(chosen: Partial<Chosen>): void {
    this.chosen.value = { ...this.chosen.value, ...chosen };
    keepDevices(this.chosen.value);
  }

  private microphoneIs(state: MicrophoneState, track: MediaStreamTrack | null): void {
    batch(() => {
      this.microphone.value = state;
      this.microphoneTrack.value = track;
    });
    this.touched(); // a page that captures may also play
    void this.tellMicrophone();
  }

  private async tellMicrophone(): Promise<void> {
    const state = this.microphone.value;
    if (state !== "asking") await this.ask({ do: "microphone", microphone: state });
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

/** Runs something when a condition has held for a while without a break. */
function whenItLasts(ms: number, holds: () => boolean, run: () => void): void {
  const holding = computed(holds);
  effect(() => {
    if (!holding.value) return;
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  });
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

/** A state whose lists are there even when the node left them empty. */
function whole(state: Workspace): Workspace {
  return { ...state, place: state.place ?? [], emergency_numbers: state.emergency_numbers ?? {} };
}
