// What this tab says and hears: its microphone, its speaker, its warm connection to the node, and the ring.

import { batch, signal } from "@preact/signals";
import type { Reply, Request } from "../lib/api.gen.ts";
import { chosenDevices, keepDevices } from "../lib/chosen.ts";
import type { Chosen } from "../lib/chosen.ts";
import { Media } from "../lib/media.ts";
import type { MediaState } from "../lib/media.ts";
import { onMicrophoneChange } from "../lib/microphone.ts";
import type { MicrophoneState } from "../lib/microphone.ts";
import { Sounds } from "../lib/sounds.ts";
import { whenItLasts } from "../lib/when.ts";

/** Asks the node; fails when it cannot be asked. */
export type Ask = (question: Omit<Request, "id">) => Promise<Reply>;

/** How often the node is told of the microphone again: so a dead feed is noticed before it is needed. */
const TELL_EVERY_MS = 15_000;
/** How long the node may say that it holds no sound of this tab while this tab says that it does. */
const DISAGREE_FOR_MS = 1000;

export class Sound {
  readonly media = signal<MediaState>("connecting");
  readonly microphone = signal<MicrophoneState>("asking");
  readonly track = signal<MediaStreamTrack | null>(null);
  /** The browser holds the sound of calls back until the person clicks. */
  readonly silenced = signal(false);
  readonly chosen = signal(chosenDevices());
  /** The sounds that the page makes itself. */
  readonly page = new Sounds();

  private readonly connection: Media;
  /** The tab whose sound the connection carries, as the node calls it. */
  private tab = "";
  private mend = false;
  private renewed = false;
  private stops: (() => void)[] = [];

  /** believed says whether the node holds a connection of this tab, null while it cannot say. */
  constructor(
    private readonly ask: Ask,
    believed: () => boolean | null,
  ) {
    this.connection = new Media({
      offer: (sdp) => this.offer(sdp),
      state: (state) => (this.media.value = state),
      microphone: (state, track) => this.microphoneIs(state, track),
      silenced: (silenced) => (this.silenced.value = silenced),
      silence: () => this.page.silence(),
    });
    whenItLasts(DISAGREE_FOR_MS, () => this.media.value === "connected" && believed() === false, () => this.renew());
  }

  /** Prepares the connection, which takes no permission, while it is not known yet who is signed in. */
  prepare(): void {
    this.connection.prepare();
  }

  /** Asks for the microphone, and follows what is plugged in and out. */
  open(): void {
    if (this.stops.length > 0) return;
    const { microphone, speaker } = this.chosen.value;
    if (speaker !== "") this.useSpeaker(speaker);
    this.prepare();
    void this.connection.openMicrophone(microphone);
    const telling = setInterval(() => void this.tell(), TELL_EVERY_MS);
    this.stops = [() => clearInterval(telling), onMicrophoneChange(() => void this.connection.microphoneChanged())];
  }

  /** Lets go of the microphone and the connection. */
  close(): void {
    for (const stop of this.stops.splice(0)) stop();
    this.connection.close();
    this.tab = "";
    batch(() => {
      this.media.value = "connecting";
      this.microphone.value = "asking";
      this.track.value = null;
    });
  }

  /**
   * The feed is open: a page that has just begun makes its connection. That of an older one may need mending, which waits for the name
   * that the node gives the tab, and the node may have forgotten the microphone.
   */
  feedOpened(): void {
    this.mend = this.tab !== "";
    this.renewed = false;
    if (this.tab === "") void this.connection.renew();
    void this.tell();
  }

  /** The node ties the sound to the tab: under a new name it needs a new connection, under the old one the old is mended. */
  belongsTo(tab: string, believed: boolean): void {
    if (believed) this.renewed = false;
    if (this.tab !== "" && tab !== this.tab) void this.connection.renew();
    else if (this.mend) void this.connection.negotiate();
    this.tab = tab;
    this.mend = false;
  }

  networkChanged(): void {
    void this.connection.negotiate();
  }

  useMicrophone(id = this.chosen.value.microphone): void {
    this.choose({ microphone: id });
    if (this.microphone.value !== "ready") this.microphone.value = "asking";
    void this.connection.openMicrophone(id);
  }

  useSpeaker(id: string): void {
    this.choose({ speaker: id });
    void this.connection.useSpeaker(id);
    void this.page.useSpeaker(id);
  }

  /** A click, a key press or an allowed microphone lets out the sound that the browser held back. */
  letOut(): void {
    if (this.silenced.value) void this.connection.play();
    this.page.letOut();
  }

  private choose(chosen: Partial<Chosen>): void {
    this.chosen.value = { ...this.chosen.value, ...chosen };
    keepDevices(this.chosen.value);
  }

  private microphoneIs(state: MicrophoneState, track: MediaStreamTrack | null): void {
    batch(() => {
      this.microphone.value = state;
      this.track.value = track;
    });
    this.letOut();
    void this.tell();
  }

  private async tell(): Promise<void> {
    const state = this.microphone.value;
    if (state !== "asking") await this.ask({ do: "microphone", microphone: state }).catch(() => undefined);
  }

  private async offer(sdp: string): Promise<string> {
    const reply = await this.ask({ do: "media_offer", sdp });
    if (reply.refused || !reply.sdp) throw new Error("the node refused the offer");
    return reply.sdp;
  }

  /** A connection that only this end believes in is made anew, once: a second time the node would have to believe in it first. */
  private renew(): void {
    if (this.renewed) return;
    this.renewed = true;
    void this.connection.renew();
  }
}
