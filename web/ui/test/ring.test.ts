// E8 to the ear, in several tabs: they ring together and stop together, on pages that nobody has touched too.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, BrowserContext } from "playwright-core";
import { chromiumPath, launch, openContext } from "./screens/browser.ts";
import { Ear, gag } from "./screens/ear.ts";
import { PretendNode } from "./screens/node.ts";
import { calm, callBackUntil, connectedAt, emergency, ordinary } from "./screens/states.ts";
import { look, until } from "./screens/walk.ts";

const skip = existsSync(chromiumPath) ? false : `there is no ${chromiumPath}`;
const dist = join(process.cwd(), "node_modules", ".cache", "mayday-dist");

describe("the ring", { skip, timeout: 240_000 }, () => {
  let browser: Browser;
  let node: PretendNode;
  let origin: string;
  let context: BrowserContext;

  before(async () => {
    browser = await launch();
    node = new PretendNode(dist);
    origin = await node.listen();
    context = await openContext(browser, origin);
  });
  after(async () => {
    await browser?.close();
    await node?.close();
  });

  test("untouched tabs ring together, and stop together when one of them answers", async () => {
    const tabs = [await context.newPage(), await context.newPage(), await context.newPage()];
    const ears = await Promise.all(tabs.map((tab) => Ear.on(tab)));
    node.state = calm;
    for (const tab of tabs.slice(0, 2)) await tab.goto(origin);
    await until("both tabs are there", () => node.feeds === 2);
    node.show(emergency({ state: "incoming", incoming: true }));
    await tabs[2]!.goto(origin); // opened, or reloaded, while it rings
    await Promise.all(ears.map((ear) => ear.hears("the ring")));
    for (const tab of tabs) {
      await tab.getByRole("alertdialog", { name: "Emergency services are calling back" }).waitFor();
      assert.equal(await tab.getByText("The browser keeps this page silent.").count(), 0);
    }
    await tabs[1]!.getByRole("button", { name: "Answer" }).click();
    await until("the answer arrives", () => node.count("answer") === 1);
    node.show(emergency({ state: "connected", incoming: true, sound: "elsewhere", connected_at: connectedAt() }));
    await Promise.all(ears.map((ear) => ear.hearsNothing("the ring")));
    for (const tab of tabs) await tab.getByRole("heading", { level: 1, name: "Connected" }).waitFor();
    await Promise.all(tabs.map((tab) => tab.close()));
  });

  test("an untouched page without a microphone says that one click lets it ring", async () => {
    const bare = await openContext(browser, origin, []);
    const page = await bare.newPage();
    const ear = await Ear.on(page);
    const answers = node.count("answer");
    node.state = emergency({ state: "incoming", incoming: true });
    await page.goto(origin);
    await until("the page asks for a click", () => ear.asksForClick);
    assert.deepEqual([ear.playing, ear.loudness], [1, 0]);
    await page.mouse.click(20, 20);
    await ear.hears("the ring after the click");
    await until("the page asks no more", () => !ear.asksForClick);
    assert.equal(node.count("answer"), answers, "a click beside the button answers nothing");
    const gagged = await bare.newPage();
    await gag(gagged);
    await gagged.goto(origin);
    await gagged.getByText("The browser keeps this page silent. Click anywhere once to hear it ring.").waitFor();
    await look(gagged, "E8-silent", ["Answer"]);
    await bare.close();
  });

  test("it stops when they give up, and the bar stays until the window ends", async () => {
    const page = await context.newPage();
    const ear = await Ear.on(page);
    node.state = emergency({ state: "incoming", incoming: true });
    await page.goto(origin);
    await ear.hears("the ring");
    node.show(callBackUntil(true));
    await ear.hearsNothing("the ring");
    const bar = page.getByText("Emergency services called and nobody answered.");
    await bar.waitFor();
    await page.reload();
    await bar.waitFor();
    node.show({ ...ordinary({ connected_at: connectedAt() }), window: node.state.window! });
    await page.getByRole("button", { name: "Mute" }).waitFor();
    await bar.waitFor();
    node.show(calm);
    await bar.waitFor({ state: "detached" });
    await page.close();
  });

  test("for somebody else it says for whom, and still says so when it is answered", async () => {
    const page = await context.newPage();
    node.state = emergency({ state: "incoming", incoming: true, for: "Alice Doe" });
    await page.goto(origin);
    const dialog = page.getByRole("alertdialog", { name: "Emergency services are calling back" });
    await dialog.getByText("They want to speak to Alice Doe. Answer and fetch Alice Doe, or help them yourself.").waitFor();
    assert.equal(await dialog.getAttribute("aria-describedby"), await dialog.locator("p").filter({ hasText: "They want to speak" }).getAttribute("id"));
    await look(page, "E8-for", ["Answer"]);
    node.show(emergency({ state: "connected", incoming: true, for: "Alice Doe", connected_at: connectedAt() }));
    await page.getByText("They want to speak to Alice Doe. Fetch Alice Doe, or help them yourself.").waitFor();
    await look(page, "E9-for", ["End call", "Device settings"]);
    await page.close();
  });
});
