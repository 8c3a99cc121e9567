// The other end of the sound: a second page that answers as the node would, with a tone of its own.

import type { BrowserContext, Page } from "playwright-core";

declare global {
  interface Window {
    ends?: Map<string, RTCPeerConnection>;
    tone?: MediaStreamTrack;
  }
}

export class FarEnd {
  private constructor(private readonly page: Page) {}

  static async open(context: BrowserContext, origin: string): Promise<FarEnd> {
    const page = await context.newPage();
    await page.route("**/far_end", (route) => route.fulfill({ contentType: "text/html", body: "<title>far end</title>" }));
    await page.goto(`${origin}/far_end`);
    await page.evaluate(async () => {
      window.ends = new Map();
      window.tone = (await navigator.mediaDevices.getUserMedia({ audio: true })).getAudioTracks()[0]!;
    });
    return new FarEnd(page);
  }

  /** Answers an offer; one of a browser that is known already mends its connection. */
  answer(offer: string): Promise<string> {
    return this.page.evaluate(async (sdp) => {
      const ends = window.ends!;
      const name = /a=fingerprint:(.*)/.exec(sdp)?.[1] ?? "";
      const end = ends.get(name) ?? new RTCPeerConnection();
      const first = !ends.has(name);
      ends.set(name, end);
      await end.setRemoteDescription({ type: "offer", sdp });
      if (first) {
        const { sender } = end.getTransceivers()[0]!;
        end.getTransceivers()[0]!.direction = "sendrecv";
        await sender.replaceTrack(window.tone!);
      }
      await end.setLocalDescription();
      while (end.iceGatheringState !== "complete") {
        await new Promise((resolve) => end.addEventListener("icegatheringstatechange", resolve, { once: true }));
      }
      return end.localDescription!.sdp;
    }, offer);
  }

  /** Packets that came from the page, and in which codec. */
  heard(): Promise<{ packets: number; codec: string; ends: number }> {
    return this.page.evaluate(async () => {
      const heard = { packets: 0, codec: "", ends: window.ends!.size };
      for (const end of window.ends!.values()) {
        for (const report of (await end.getStats()).values() as Iterable<Record<string, unknown>>) {
          if (report["type"] === "inbound-rtp") heard.packets += Number(report["packetsReceived"]);
          if (report["type"] === "codec") heard.codec = String(report["mimeType"]);
        }
      }
      return heard;
    });
  }

  /** Whether the newest connection stands. */
  connected(): Promise<boolean> {
    return this.page.evaluate(() => [...window.ends!.values()].at(-1)?.connectionState === "connected");
  }

  /** Breaks every connection, as a node that forgets does. */
  hangUp(): Promise<void> {
    return this.page.evaluate(() => {
      for (const end of window.ends!.values()) end.close();
      window.ends!.clear();
    });
  }
}
