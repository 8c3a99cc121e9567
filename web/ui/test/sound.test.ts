// The warm connection with a real far end in Chromium: sound flows, is changed in mid-call, breaks and mends.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { chromiumPath, launch, openContext } from "./screens/browser.ts";
import { FarEnd } from "./screens/far_end.ts";
import { PretendNode } from "./screens/node.ts";
import { calm, connectedAt, emergency } from "./screens/states.ts";
import { until } from "./screens/walk.ts";

const skip = existsSync(chromiumPath) ? false : `there is no ${chromiumPath}`;
const dist = join(process.cwd(), "node_modules", ".cache", "mayday-dist");

describe("the sound", { skip, timeout: 240_000 }, () => {
  let browser: Browser;
  let node: PretendNode;
  let context: BrowserContext;
  let page: Page;
  let end: FarEnd;
  let origin: string;

  before(async () => {
    browser = await launch();
    node = new PretendNode(dist);
    node.knowsTabs = true;
    origin = await node.listen();
    context = await openContext(browser, origin);
    end = await FarEnd.open(context, origin);
    node.answer = async (request) => (request.do === "media_offer" ? { sdp: await end.answer(request.sdp ?? "") } : {});
    page = await context.newPage();
    await page.goto(origin);
  });
  after(async () => {
    await browser?.close();
    await node?.close();
  });

  const flows = async (what: string) => {
    const { packets } = await end.heard();
    await until(what, async () => (await end.heard()).packets > packets + 10);
  };

  test("it flows before any call, in G.711, after one offer without candidates", async () => {
    await flows("sound after sign-in");
    const heard = await end.heard();
    assert.equal(heard.codec, "audio/PCMU");
    const offer = node.asked.find((request) => request.do === "media_offer")?.sdp ?? "";
    assert.match(offer, /^m=audio 9 UDP\/TLS\/RTP\/SAVPF 0 8 \d+\r$/m);
    assert.doesNotMatch(offer, /a=candidate|opus/);
    assert.match(offer, /a=sendrecv/);
    assert.equal(offer.match(/^m=/gm)?.length, 1);
    await until("the microphone is reported", () => node.asked.some((request) => request.microphone === "ready"));
    await until("the position is reported", () => node.asked.some((request) => request.position?.latitude === 39.8));
  });

  test("another microphone takes over without a new offer", async () => {
    const offers = node.count("media_offer");
    node.show(emergency({ state: "connected", connected_at: connectedAt() }));
    await page.getByRole("button", { name: "Device settings" }).click();
    await page.getByLabel("Microphone", { exact: true }).selectOption({ index: 2 });
    await flows("sound of the other microphone");
    assert.equal(node.count("media_offer"), offers);
  });

  test("a reload speaks into the chosen microphone again", async () => {
    await page.reload();
    await page.getByRole("button", { name: "Device settings" }).click();
    const kept = await page.getByLabel("Microphone", { exact: true }).evaluate((list) => (list as HTMLSelectElement).selectedIndex);
    assert.equal(kept, 2);
    await flows("sound after the reload");
    await page.keyboard.press("Escape");
  });

  test("under the old name of the tab a new feed mends the connection, under a new name it makes another", async () => {
    const { ends } = await end.heard();
    const { feeds } = node;
    node.cut();
    await until("the feed is back", () => node.feeds === feeds + 1);
    await flows("sound after the feed came back");
    assert.equal((await end.heard()).ends, ends, "the same connection");
    node.knowsTabs = false;
    node.cut();
    await until("there is another connection", async () => (await end.heard()).ends === ends + 1);
    await flows("sound of the other connection");
    await page.getByRole("heading", { name: "Connected" }).waitFor();
  });

  test("a far end that forgot gets a new connection, and the screen says so meanwhile", async () => {
    await end.hangUp();
    await page.getByRole("heading", { name: "Reconnecting. They are still on the line" }).waitFor({ timeout: 10_000 });
    await page.getByRole("heading", { name: "Connected" }).waitFor({ timeout: 10_000 });
    await flows("sound of the new connection");
    node.show(calm);
  });

  test("a tab without a microphone connects all the same and says what is wrong", async () => {
    const bare = await openContext(browser, origin, []);
    const { ends } = await end.heard();
    node.state = emergency({ state: "connected", connected_at: connectedAt() });
    const deaf = await bare.newPage();
    await deaf.goto(origin);
    await deaf.getByText("Emergency services cannot hear you").waitFor();
    await deaf.getByRole("region", { name: "Device settings" }).getByRole("button", { name: "Ask for the microphone again" }).waitFor();
    await until("the microphone is reported", () => node.asked.some((request) => request.microphone === "denied"));
    await until("the connection stands", async () => (await end.heard()).ends > ends && (await end.connected()));
    await bare.close();
  });
});
