// The sound between this tab and the node: one connection, made right after sign-in and kept warm, so that a dial needs nothing more.

import { Backoff } from "./backoff.ts";
import { openMicrophone } from "./microphone.ts";
import type { MicrophoneState } from "./microphone.ts";
import { speaksForAnother, telephoneCodecs } from "./sdp.ts";

/** Where the connection stands: "connecting" until it has worked once, "lost" when it worked and does not now. */
export type MediaState = "connecting" | "connected" | "lost";

export interface MediaListener {
  /** Sends an offer and gives the node's answer; throws when the node cannot be asked or refuses. */
  offer(sdp: string): Promise<string>;
  state(state: MediaState): void;
  microphone(state: MicrophoneState, track: MediaStreamTrack | null): void;
  /** Whether the browser holds the sound back until the person clicks. */
  silenced(silenced: boolean): void;
  /** A track that sends silence, for a tab without a microphone. */
  silence(): MediaStreamTrack | null;
}

/** How long a negotiation may take to give sound before it is tried again. */
const CONNECT_WITHIN_MS = 2500;
/** A connection that this many ICE restarts did not mend is built anew. */
const RESTARTS = 2;

export class Media {
  private readonly audio = new Audio();
  private readonly backoff = new Backoff(200, 2000);
  private pc: RTCPeerConnection | null = null;
  private sender: RTCRtpSender | null = null;
  private track: MediaStreamTrack | null = null;
  /** What the connection offers, while nobody has been asked yet. */
  private prepared: Promise<string> | null = null;
  private wantedMicrophone = "";
  private opening = 0;
  private answered = false;
  private wanted = false;
  private wasConnected = false;
  private busy = false;
  private again = false;
  private restarts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly listener: MediaListener) {
    this.audio.autoplay = true;
  }

  /** Gives up the microphone and the connection: after signing out only. */
  close(): void {
    clearTimeout(this.timer);
    this.wanted = false;
    this.opening += 1;
    this.discard();
    this.track?.stop();
    this.track = null;
    this.audio.srcObject = null;
    this.wasConnected = false;
  }

  /** Opens the microphone beside the connection: neither waits for the other. */
  async openMicrophone(wanted = this.wantedMicrophone): Promise<void> {
    const turn = ++this.opening;
    this.wantedMicrophone = wanted;
    const opened = await openMicrophone(wanted);
    if (turn !== this.opening) {
      opened.track?.stop();
      return;
    }
    await this.speakInto(opened.track);
    this.listener.microphone(opened.state, opened.track);
    await this.play();
  }

  /** Opens the microphone again if there is none, or if the one in use was unplugged. */
  async microphoneChanged(): Promise<void> {
    if (this.track === null || this.track.readyState === "ended") await this.openMicrophone();
  }

  /** Sends the sound of calls to another loudspeaker, in the middle of a call too. */
  async useSpeaker(id: string): Promise<void> {
    if ("setSinkId" in this.audio) await this.audio.setSinkId(id).catch(() => undefined);
  }

  /** Starts the sound that the browser held back; called from a click. */
  async play(): Promise<void> {
    if (this.audio.srcObject === null) return;
    try {
      await this.audio.play();
      this.listener.silenced(false);
    } catch (error) {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.listener.silenced(true);
    }
  }

  /** Mends the connection: when the feed is back, when the network has changed. */
  async negotiate(): Promise<void> {
    if (!this.wanted) return;
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    clearTimeout(this.timer);
    try {
      await this.exchange(this.pc ?? this.build());
      this.retryUnlessConnected(CONNECT_WITHIN_MS);
    } catch (error) {
      this.failed(error);
    }
    this.busy = false;
    if (this.again) {
      this.again = false;
      void this.negotiate();
    }
  }

  /** Makes the connection and its offer before the node can be asked: nothing but the answer is waited for then. */
  prepare(): void {
    if (this.pc !== null) return;
    this.prepared = described(this.build());
    this.prepared.catch(() => undefined); // whoever asks for it is told
  }

  /** Makes a new connection: the first one, or because the node does not hold the other end of the old one any more. */
  async renew(): Promise<void> {
    this.wanted = true;
    if (this.prepared === null) this.discard();
    await this.negotiate();
  }

  /** Offer and answer, without waiting for candidates: the node's own are enough. */
  private async exchange(pc: RTCPeerConnection): Promise<void> {
    const current = pc.currentRemoteDescription?.sdp;
    if (current !== undefined) this.restarts += 1;
    const offer = this.prepared ?? described(pc, current !== undefined);
    this.prepared = null;
    const answer = await this.listener.offer(await offer);
    if (pc !== this.pc) return;
    if (speaksForAnother(current, answer)) {
      this.discard();
      this.again = true;
      return;
    }
    await pc.setRemoteDescription({ type: "answer", sdp: answer });
  }

  /** The node is not reachable: whoever opens the feed again negotiates. It refused or misunderstood: a new connection, soon. */
  private failed(error: unknown): void {
    if (error instanceof Error && error.name === "FeedDown") return;
    this.discard();
    this.retryUnlessConnected(this.backoff.nextMs());
  }

  private build(): RTCPeerConnection {
    const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" });
    const stream = new MediaStream();
    const transceiver = pc.addTransceiver(this.spoken() ?? "audio", { direction: "sendrecv", streams: [stream] });
    const codecs = telephoneCodecs(RTCRtpReceiver.getCapabilities("audio")?.codecs ?? []);
    if (codecs.length > 0) transceiver.setCodecPreferences(codecs);
    pc.ontrack = (event) => this.hear(event.track);
    pc.onconnectionstatechange = () => this.changed(pc);
    this.pc = pc;
    this.sender = transceiver.sender;
    this.restarts = 0;
    this.listener.state(this.wasConnected ? "lost" : "connecting");
    return pc;
  }

  private discard(): void {
    const pc = this.pc;
    this.pc = null;
    this.sender = null;
    this.prepared = null;
    if (!pc) return;
    pc.ontrack = pc.onconnectionstatechange = null;
    pc.close();
  }

  private hear(track: MediaStreamTrack): void {
    this.audio.srcObject = new MediaStream([track]);
    void this.play();
  }

  private changed(pc: RTCPeerConnection): void {
    if (pc !== this.pc) return;
    if (pc.connectionState === "connected") {
      this.wasConnected = true;
      this.restarts = 0;
      this.backoff.reset();
      clearTimeout(this.timer);
      this.listener.state("connected");
    } else if (pc.connectionState === "disconnected" || pc.connectionState === "failed") {
      this.listener.state(this.wasConnected ? "lost" : "connecting");
      this.retryUnlessConnected(this.backoff.nextMs());
    }
  }

  private retryUnlessConnected(afterMs: number): void {
    clearTimeout(this.timer);
    if (!this.wanted) return;
    if (this.pc?.connectionState === "connected") return;
    this.timer = setTimeout(() => {
      if (this.pc?.connectionState === "connected") return;
      if (this.restarts >= RESTARTS) this.discard();
      void this.negotiate();
    }, afterMs);
  }

  private async speakInto(track: MediaStreamTrack | null): Promise<void> {
    const before = this.track;
    this.track = track;
    this.answered = true;
    if (track) track.onended = () => void this.microphoneChanged();
    await this.sender?.replaceTrack(this.spoken()).catch(() => undefined);
    before?.stop();
  }

  /** What is sent: the microphone; silence when there is none; nothing while the person is still asked. */
  private spoken(): MediaStreamTrack | null {
    return this.track ?? (this.answered ? this.listener.silence() : null);
  }
}

/** What a connection offers from now on. */
async function described(pc: RTCPeerConnection, iceRestart = false): Promise<string> {
  const offer = await pc.createOffer({ iceRestart });
  await pc.setLocalDescription(offer);
  return offer.sdp ?? "";
}
