// What a page sounds like, told by the page itself on its console: asking it would count as a touch, and a touched page may always sound.

import type { Page } from "playwright-core";
import { until } from "./walk.ts";


export class Ear {
  /** How many sounds are being repeated now. */
  playing = 0;
  /** How loud the page was in the last half second, from 0 to 1. */
  loudness = 0;
  /** Whether the page says that it needs one click. */
  asksForClick = false;

  /** Listens to a page that has not been opened yet. */
  static async on(page: Page): Promise<Ear> {
    const ear = new Ear();
    await page.addInitScript(listen);
    page.on("console", (message) => {
      const [word, playing, loudness, asksForClick] = message.text().split(" ");
      if (word === "ear") Object.assign(ear, { playing: Number(playing), loudness: Number(loudness), asksForClick: asksForClick === "true" });
    });
    return ear;
  }

  hears(what: string): Promise<void> {
    return until(`${what} is heard`, () => this.playing > 0 && this.loudness > 0.05);
  }

  hearsNothing(what: string): Promise<void> {
    return until(`${what} stops`, () => this.playing === 0 && this.loudness < 0.001);
  }
}

/** Keeps a page that has not been opened yet silent, so that a test may ask it what it likes. */
export async function gag(page: Page): Promise<void> {
  await page.addInitScript(() => Object.defineProperty(BaseAudioContext.prototype, "state", { get: () => "suspended" }));
}

/** Runs in the page before anything else does. */
function listen(): void {
  const playing = new Set<AudioBufferSourceNode>();
  const analysers: AnalyserNode[] = [];
  const { connect } = AudioNode.prototype as { connect(this: AudioNode, to: AudioNode): AudioNode };
  const { start, stop } = AudioBufferSourceNode.prototype;
  AudioBufferSourceNode.prototype.connect = function (this: AudioBufferSourceNode, to: AudioNode) {
    const analyser = new AnalyserNode(this.context as AudioContext, { fftSize: 16384 });
    analysers.push(analyser);
    connect.call(this, analyser);
    return connect.call(this, to);
  } as AudioNode["connect"];
  AudioBufferSourceNode.prototype.start = function (...when) {
    playing.add(this);
    start.apply(this, when);
  };
  AudioBufferSourceNode.prototype.stop = function (...when) {
    playing.delete(this);
    stop.apply(this, when);
  };
  setInterval(() => {
    const samples = new Float32Array(16384);
    let peak = 0;
    for (const analyser of analysers) {
      analyser.getFloatTimeDomainData(samples);
      if (analyser.context.state === "running") peak = samples.reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), peak);
    }
    const asksForClick = document.body?.innerText.includes("The browser keeps this page silent. Click anywhere once") ?? false;
    console.log(`ear ${playing.size} ${peak} ${asksForClick}`);
  }, 100);
}
