// Alerts of other people's emergency calls in Chromium: seen, heard, acknowledged, and out of the way of an emergency of one's own.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { chromiumPath, controls, launch, openContext } from "./screens/browser.ts";
import { Ear, gag } from "./screens/ear.ts";
import { PretendNode } from "./screens/node.ts";
import { alert, calm, callBackUntil, connectedAt, emergency, watching } from "./screens/states.ts";
import { leavesNoTrace, look, until } from "./screens/walk.ts";

const skip = existsSync(chromiumPath) ? false : `there is no ${chromiumPath}`;
const dist = join(process.cwd(), "node_modules", ".cache", "mayday-dist");

const top = ["Presence", "Device settings", "Sign out"];
const rest = ["Number", "Call", "Call +1 217 555 0199", "Call +45 31 33 12 34", "Call +44 207 946 0123"];
const called = "Alice Doe at Headquarters called emergency services (911) at 15:42";
const failed = "The call did not get through. Emergency services do not know. Call 911 for them.";

describe("an alert", { skip, timeout: 240_000 }, () => {
  let browser: Browser;
  let node: PretendNode;
  let origin: string;
  let context: BrowserContext;
  let page: Page;

  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });
  beforeEach(async () => {
    node = new PretendNode(dist);
    node.state = watching(calm);
    origin = await node.listen();
    context = await openContext(browser, origin);
    page = await context.newPage();
  });
  afterEach(async () => {
    await context.close();
    await node.close();
  });

  const open = async (tab = page) => {
    await tab.goto(origin);
    await tab.getByRole("textbox", { name: "Number" }).waitFor();
  };
  const shown = (name = called, tab = page) => tab.getByRole("alert", { name, exact: true });
  const gone = (tab = page) => shown(called, tab).waitFor({ state: "detached" });
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.id);

  test("says who, where, when and what, once, and leaves the focus where it is", async () => {
    await open();
    await page.keyboard.type("+1217");
    node.show(watching(calm, alert()));
    await shown().getByText("1 Main St, floor 4, room 412").waitFor();
    await page.keyboard.type("555");
    assert.equal(await page.getByRole("textbox", { name: "Number" }).inputValue(), "+1217555");
    assert.equal(await page.title(), "Mayday needs you");
    await page.evaluate(() => ((document.querySelector("[role=alert]") as HTMLElement).dataset["first"] = "yes"));
    await look(page, "alert", [...top, "Acknowledge", ...rest]);
    node.show({ ...watching(callBackUntil(true), alert()) });
    await page.getByText("Emergency services called and nobody answered.").waitFor();
    assert.equal(await shown().getAttribute("data-first"), "yes", "the alert is the same element through all states");
    assert.equal(await focused(), "number");
    await leavesNoTrace(page, "alert");
    node.show(watching(calm));
    await gone();
    assert.equal(await page.title(), "Mayday");
  });

  test("of a call that failed says that nobody knows, and names the way out", async () => {
    await open();
    node.show(watching(calm, alert()));
    await shown().waitFor();
    node.show(watching(calm, alert({ failed: true })));
    await shown().getByText(failed).waitFor();
    assert.equal(await page.getByRole("link", { name: "Call 911 with this device" }).getAttribute("href"), "tel:911");
    node.show(watching(calm, alert({ failed: true, place: [], site: "" })));
    await shown("Alice Doe called emergency services (911) at 15:42").getByText("Their place is not known here.").waitFor();
    node.show(watching(calm, alert({ call: "e8", rep: "Bob Roe", failed: true }), alert()));
    await shown("Bob Roe at Headquarters called emergency services (911) at 15:42").waitFor();
    await look(page, "alerts-failed", [...top, "Call 911 with this device", "Acknowledge", "Acknowledge", ...rest]);
  });

  test("stands above what is wrong with the node, which alarms nobody", async () => {
    const ear = await Ear.on(page);
    const faults = [{ code: "database_away", detail: "The database does not answer. Nothing new is recorded." }];
    node.state = { ...watching(calm), faults };
    await open();
    const heading = "Something is wrong with the call server. Emergency calls are placed all the same.";
    await page.getByRole("status", { name: heading }).getByText("Nothing new is recorded.").waitFor();
    assert.equal(ear.playing, 0);
    node.show({ ...watching(callBackUntil(false), alert()), faults });
    await shown().waitFor();
    await look(page, "alert-and-faults", [...top, "Acknowledge", ...rest]);
    node.show({ ...watching(emergency({ state: "ringing" })), faults });
    await page.getByRole("heading", { level: 1, name: "Ringing" }).waitFor();
    assert.equal(await page.getByText(heading).count(), 0);
  });

  test("is acknowledged by keyboard, the newest first, and the focus goes on", async () => {
    await open();
    node.show(watching(calm, alert({ call: "e8", rep: "Bob Roe" }), alert()));
    await shown().waitFor();
    const names = await page.getByRole("alert").locator("p:first-child").allTextContents();
    assert.deepEqual(names.map((name) => name.split(" ")[0]), ["Bob", "Alice"]);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await until("the acknowledgement arrives", () => node.count("acknowledge") === 1);
    assert.equal(node.asked.find((request) => request.do === "acknowledge")?.call, "e8");
    node.show(watching(calm, alert()));
    await until("the focus is on the other alert", async () => (await focused()) === called);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await until("the other acknowledgement arrives", () => node.count("acknowledge") === 2);
    node.show(watching(calm));
    await until("the focus is on the number box", async () => (await focused()) === "number");
  });

  test("is put away by a click, but not by one that was meant for what stood there before", async () => {
    await open();
    await page.evaluate(() => {
      const press = () => document.querySelector(".alert button")?.dispatchEvent(new MouseEvent("click", { bubbles: true, detail: 1 }));
      new MutationObserver(press).observe(document.body, { childList: true, subtree: true });
    });
    node.show(watching(calm, alert()));
    const button = page.getByRole("button", { name: "Acknowledge" });
    await button.waitFor();
    assert.equal(node.count("acknowledge"), 0);
    await until("a click counts", async () => {
      await button.click();
      return node.count("acknowledge") > 0;
    });
  });

  test("is heard in every tab until one of them acknowledges it, and again when the call fails", async () => {
    const other = await context.newPage();
    const ears = [await Ear.on(page), await Ear.on(other)];
    await open();
    await open(other);
    node.show(watching(calm, alert()));
    await Promise.all(ears.map((ear) => ear.hears("the chime")));
    await page.getByRole("button", { name: "Acknowledge" }).focus();
    await page.keyboard.press("Enter");
    await ears[0]!.hearsNothing("the chime, in the tab that acknowledges");
    assert.equal(ears[1]!.playing, 1, "the node has not put the alert away yet");
    node.show(watching(calm));
    await gone(other);
    await ears[1]!.hearsNothing("the chime, in the other tab");
    node.show(watching(calm, alert({ failed: true })));
    await Promise.all(ears.map((ear) => ear.hears("the chime of the call that failed")));
  });

  test("on an untouched page is heard when the microphone is allowed, else one click lets it out", async () => {
    node.state = watching(calm, alert());
    const ear = await Ear.on(page);
    await page.goto(origin);
    await ear.hears("the chime on an untouched page");
    const bare = await openContext(browser, origin, []);
    const untouched = await bare.newPage();
    const deaf = await Ear.on(untouched);
    await untouched.goto(origin);
    await until("the page asks for a click", () => deaf.asksForClick);
    assert.deepEqual([deaf.playing, deaf.loudness], [1, 0]);
    await untouched.mouse.click(20, 600);
    await deaf.hears("the chime after the click");
    await until("the page asks no more", () => !deaf.asksForClick);
    const gagged = await bare.newPage();
    await gag(gagged);
    await gagged.goto(origin);
    await gagged.getByText("The browser keeps this page silent. Click anywhere once to hear the alert.").waitFor();
    await look(gagged, "alert-silent", [...top, "Acknowledge", ...rest]);
    await bare.close();
  });

  test("is neither seen nor heard during an emergency of one's own, and is there afterwards", async () => {
    const ear = await Ear.on(page);
    await open();
    node.show(watching(calm, alert()));
    await ear.hears("the chime");
    await page.keyboard.type("112");
    await page.keyboard.press("Enter");
    await page.getByRole("alert", { name: "An emergency call is in progress" }).waitFor();
    const own = [
      { name: "Ringing", call: { state: "ringing" } },
      { name: "Connected", call: { state: "connected", connected_at: connectedAt() } },
      { name: "Reconnecting. They are still on the line", call: { state: "connected", sound: "nowhere" } },
      { name: "Connected", call: { state: "connected", incoming: true } },
    ] as const;
    for (const { name, call } of own) {
      node.show(watching(emergency(call), alert(), alert({ call: "e8", failed: true })));
      await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
      assert.deepEqual(await controls(page), ["End call", "Device settings"], name);
      assert.equal(await page.getByRole("alert").count(), 1, name);
      await ear.hearsNothing(`the chime, ${name}`);
    }
    node.show(watching(emergency({ state: "incoming", incoming: true }), alert()));
    await page.getByRole("alertdialog").waitFor();
    assert.deepEqual(await controls(page), ["Answer"]);
    await ear.hears("the ring");
    assert.equal(ear.playing, 1, "the ring alone is heard");
    node.show(watching(callBackUntil(false), alert()));
    await shown().waitFor();
    await ear.hears("the chime afterwards");
  });

  test("that is acknowledged while the node is away stays with the others, and the node is asked when it is back", async () => {
    await open();
    node.show(watching(calm, alert()));
    await shown().waitFor();
    node.vanish();
    await page.getByText("No connection to the call server. Trying again.").waitFor();
    await page.getByRole("button", { name: "Acknowledge" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("The call server cannot be reached. Others still see this alert.").waitFor();
    await look(page, "alert-no-server", [...top, "Acknowledge", ...rest]);
    node.up = true;
    await until("the node is asked", () => node.count("acknowledge") === 1);
  });
});
