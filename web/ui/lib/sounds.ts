// The sounds that the page makes itself: a ring, a chime, a test sound, silence; and how loud the microphone is.

import { signal } from "@preact/signals";

/** What sounds again and again until it is hushed: the ring of a call, the chime of an alert. */
export type Repeated = "ring" | "chime";

/** Sound through one audio context, which the browser may hold back until the person clicks. */
export class Sounds {
  /** Something wants to be heard and the browser holds it back until the person clicks. */
  readonly heldBack = signal(false);

  private context: AudioContext | null = null;
  private readonly repeated = new Map<Repeated, AudioBufferSourceNode>();
  private silent: MediaStreamTrack | null = null;

  /** Sounds until hushed, as soon as the browser lets it out. */
  repeat(what: Repeated): void {
    const context = this.opened();
    if (!this.repeated.has(what)) {
      const source = new AudioBufferSourceNode(context, { buffer: what === "ring" ? ringTone(context) : chimeTone(context), loop: true });
      source.connect(context.destination);
      source.start();
      this.repeated.set(what, source);
    }
    this.letOut();
  }

  hush(what: Repeated): void {
    this.repeated.get(what)?.stop();
    this.repeated.delete(what);
    this.judge();
  }

  /** Lets out what wants to be heard. A question from before a click or before the microphone was allowed is never answered, so it asks anew. */
  letOut(): void {
    if (this.repeated.size > 0) void this.wake().then(() => this.judge());
  }

  /** Three rising notes, so that the person knows which loudspeaker speaks. */
  async test(): Promise<void> {
    const context = this.opened();
    await this.wake();
    [440, 554.37, 659.25].forEach((frequency, step) => {
      const from = context.currentTime + step * 0.25;
      const note = new OscillatorNode(context, { frequency });
      const gain = new GainNode(context, { gain: 0 });
      gain.gain.setTargetAtTime(0.3, from, 0.01);
      gain.gain.setTargetAtTime(0, from + 0.2, 0.02);
      note.connect(gain).connect(context.destination);
      note.start(from);
      note.stop(from + 0.4);
    });
  }

  /** Sends the page's own sounds to another loudspeaker. */
  async useSpeaker(id: string): Promise<void> {
    const context = this.opened() as AudioContext & { setSinkId?: (id: string) => Promise<void> };
    await context.setSinkId?.(id).catch(() => undefined);
  }

  /** A track that sends silence; while the browser holds the sound back it sends nothing. */
  silence(): MediaStreamTrack | null {
    const context = this.opened();
    void this.wake();
    this.silent ??= new MediaStreamAudioDestinationNode(context).stream.getAudioTracks()[0] ?? null;
    return this.silent;
  }

  /** Tells ten times a second how loud a microphone is, from 0 to 1. Returns how to stop. */
  meter(track: MediaStreamTrack, loudness: (level: number) => void): () => void {
    const context = this.opened();
    void this.wake();
    const source = new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([track]) });
    const analyser = new AnalyserNode(context, { fftSize: 1024 });
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      loudness(level(samples));
    }, 100);
    return () => {
      clearInterval(timer);
      source.disconnect();
    };
  }

  /** Waits until the browser lets the sound out, but not for long: it may want a click first. */
  private async wake(): Promise<void> {
    const context = this.opened();
    if (context.state !== "running") await Promise.race([context.resume().catch(() => undefined), pause(300)]);
  }

  private judge(): void {
    this.heldBack.value = this.repeated.size > 0 && this.context?.state !== "running";
  }

  private opened(): AudioContext {
    if (this.context === null) {
      this.context = new AudioContext({ latencyHint: "interactive" });
      this.context.onstatechange = () => this.judge();
    }
    return this.context;
  }
}

/** Loudness of samples on a scale that fits speech: 0 at -60 dB and below, 1 at full scale. */
export function level(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / samples.length + 1e-12);
  return Math.min(1, Math.max(0, 1 + decibels / 60));
}

/** A second of two alternating tones and a second and a half of rest. */
function ringTone(context: AudioContext): AudioBuffer {
  const rate = context.sampleRate;
  const buffer = context.createBuffer(1, Math.round(rate * 2.5), rate);
  const samples = buffer.getChannelData(0);
  for (let i = 0; i < rate; i++) {
    const frequency = Math.floor(i / (rate / 20)) % 2 === 0 ? 880 : 1046.5;
    const edge = Math.min(1, i / 400, (rate - i) / 400);
    samples[i] = 0.4 * edge * Math.sin((2 * Math.PI * frequency * i) / rate);
  }
  return buffer;
}

/** Two soft notes that die away, and a rest: four seconds. */
function chimeTone(context: AudioContext): AudioBuffer {
  const rate = context.sampleRate;
  const buffer = context.createBuffer(1, Math.round(rate * 4), rate);
  const samples = buffer.getChannelData(0);
  for (const { from, frequency } of [{ from: 0, frequency: 659.25 }, { from: 0.4, frequency: 523.25 }]) {
    const first = Math.round(rate * from);
    for (let i = 0; i < rate * 1.5; i++) {
      const seconds = i / rate;
      const loudness = 0.3 * Math.min(1, seconds / 0.01) * Math.exp(-4 * seconds);
      samples[first + i] = (samples[first + i] ?? 0) + loudness * Math.sin(2 * Math.PI * frequency * seconds);
    }
  }
  return buffer;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
