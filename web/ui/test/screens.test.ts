// Every state of the emergency call in Chromium: what is on the page, what is not, and that axe finds nothing.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { chromiumPath, controls, launch, openContext } from "./screens/browser.ts";
import { PretendNode } from "./screens/node.ts";
import { calm, callBackUntil, connectedAt, emergency, ordinary, place } from "./screens/states.ts";
import { leavesNoTrace, look, until } from "./screens/walk.ts";

const skip = existsSync(chromiumPath) ? false : `there is no ${chromiumPath}`;
const dist = join(process.cwd(), "node_modules", ".cache", "mayday-dist");

const deskControls = ["Presence", "Device settings", "Sign out", "Number", "Call"];
const recentControls = ["Call +1 217 555 0199", "Call +45 31 33 12 34", "Call +44 207 946 0123"];
const emergencyControls = ["End call", "Device settings"];
const panelControls = ["Microphone", "Speaker", "Play a test sound", "Close device settings"];

describe("the screen", { skip, timeout: 300_000 }, () => {
  let browser: Browser;
  let node: PretendNode;
  let origin: string;
  let context: BrowserContext;
  let page: Page;
  const said: string[] = [];

  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });

  beforeEach(async () => {
    node = new PretendNode(dist);
    origin = await node.listen();
    context = await openContext(browser, origin);
    page = await context.newPage();
    said.length = 0;
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
  });
  afterEach(async () => {
    await context.close();
    await node.close();
  });

  const open = async () => {
    await page.goto(origin);
    await page.getByRole("textbox", { name: "Number" }).waitFor();
  };
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const alert = () => page.getByRole("alert", { name: "An emergency call is in progress" });
  const heading = (name: string) => page.getByRole("heading", { level: 1, name, exact: true });
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.id);

  test("sign-in: wrong password, right password, number box focused", async () => {
    node.signedIn = false;
    await page.goto(origin);
    await page.getByRole("textbox", { name: "Username" }).waitFor();
    assert.equal(await focused(), "username");
    await look(page, "sign-in", ["Username", "Password", "Sign in"]);
    await page.keyboard.type("alice");
    await page.keyboard.press("Tab");
    await page.keyboard.type("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("That username and password do not match.").waitFor();
    await page.getByLabel("Password").fill("mayday");
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Number" }).waitFor();
    assert.equal(await focused(), "number");
  });

  test("E0: the button names the emergency service and the place that will be sent", async () => {
    await open();
    assert.equal(await focused(), "number");
    await look(page, "E11-desk", [...deskControls, ...recentControls]);
    await page.keyboard.type("9-1-1");
    await button("Call emergency services (112)").waitFor();
    await page.getByText(place[1]!).waitFor();
    await look(page, "E0", ["Presence", "Device settings", "Sign out", "Number", "Call emergency services (112)", ...recentControls]);
    await page.getByRole("textbox", { name: "Number" }).fill("+112");
    await button("Call").waitFor();
    await leavesNoTrace(page, "E0");
  });

  test("E1 to E3: Enter dials at once, a second Enter does nothing, all else leaves the page", async () => {
    await open();
    let taken = () => undefined as void;
    node.answer = (request) => new Promise((resolve) => (request.do === "dial" ? (taken = () => resolve({})) : resolve({})));
    await page.keyboard.type("112");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await alert().waitFor();
    await heading("Connecting").waitFor();
    await until("the dial arrives", () => node.count("dial") === 1);
    assert.deepEqual(await controls(page), emergencyControls);
    await page.evaluate(() => ((document.querySelector("[role=alert]") as HTMLElement).dataset["first"] = "yes"));
    node.show(emergency({ state: "placing" }));
    taken();
    await look(page, "E1", emergencyControls);
    node.show(emergency({ state: "ringing" }));
    await heading("Ringing").waitFor();
    await look(page, "E2", emergencyControls);
    node.show(emergency({ state: "connected", connected_at: connectedAt() }));
    await heading("Connected").waitFor();
    await look(page, "E3", emergencyControls);
    await page.getByText("+1 217 555 0101").waitFor();
    assert.equal(await page.locator("[role=alert]").count(), 1);
    assert.equal(await page.locator("[role=alert]").getAttribute("data-first"), "yes", "the alert is the same element through all states");
    assert.equal(await page.locator("[role=timer]").getAttribute("aria-live"), "off");
    assert.equal(await page.title(), "Mayday");
    await leavesNoTrace(page, "E3");
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "End call");
    await page.keyboard.press("Enter");
    await until("the end arrives", () => node.count("end") === 1);
    node.show(callBackUntil(false));
    await page.getByRole("textbox", { name: "Number" }).waitFor();
    assert.equal(await page.getByRole("textbox", { name: "Number" }).inputValue(), "");
    assert.equal(await focused(), "number");
    assert.equal(node.count("dial"), 1);
  });

  test("an ordinary call in progress leaves the page with everything else and is there afterwards", async () => {
    node.state = ordinary({ connected_at: connectedAt() });
    await open();
    await button("Mute").waitFor();
    await page.keyboard.type("112");
    await page.keyboard.press("Enter");
    await alert().waitFor();
    assert.deepEqual(await controls(page), emergencyControls);
    node.show({ ...ordinary({ state: "held" }), ...emergency({ state: "connected", connected_at: connectedAt() }) });
    await heading("Connected").waitFor();
    assert.deepEqual(await controls(page), emergencyControls);
    node.show(ordinary({ state: "held" }));
    await page.getByText("On hold").waitFor();
    await page.getByRole("button", { name: "Hold", pressed: true }).waitFor();
    await look(page, "ordinary-held", [...deskControls.slice(0, 3), "Take back the call", "Mute", "Hold", "Keypad", "End", "Number", "Call", ...recentControls]);
    await button("Take back the call").focus();
    await page.keyboard.press("Enter");
    await until("it is taken back", () => node.count("resume") === 1);
    node.show(ordinary({ connected_at: connectedAt() }));
    await button("Take back the call").waitFor({ state: "detached" });
    await until("the focus is on the call", async () => (await focused()) === "Call with +1 217 555 0199");
  });

  test("a call that is over before it was ever shown is not waited for", async () => {
    await open();
    await page.keyboard.type("112");
    await page.keyboard.press("Enter");
    await button("End call").click();
    await page.getByRole("textbox", { name: "Number" }).waitFor();
    assert.equal(node.count("end"), 1);
    await page.keyboard.type("112");
    await page.keyboard.press("Enter");
    await until("the dial arrives", () => node.count("dial") === 2);
    node.show(callBackUntil(false));
    await page.getByRole("textbox", { name: "Number" }).waitFor();
  });

  test("what is pressed in need is large enough for a finger", async () => {
    await page.setViewportSize({ width: 320, height: 568 });
    const large = async (name: string) => {
      const box = await button(name).boundingBox();
      assert.ok(box && box.width >= 44 && box.height >= 44, `${name} measures ${box?.width} by ${box?.height}`);
    };
    await open();
    await large("Call");
    node.show(emergency({ state: "ringing" }));
    await heading("Ringing").waitFor();
    await large("End call");
    node.show(emergency({ state: "incoming" }));
    await button("Answer").waitFor();
    await large("Answer");
    node.show(emergency({ state: "failed" }));
    await button("Try again").waitFor();
    await large("Try again");
  });

  test("E3 with device settings: opened and closed by keyboard, no live region", async () => {
    node.state = emergency({ state: "connected", connected_at: connectedAt() });
    await page.goto(origin);
    await heading("Connected").waitFor();
    await button("Device settings").focus();
    await page.keyboard.press("Enter");
    const panel = page.getByRole("region", { name: "Device settings" });
    await panel.waitFor();
    await until("the level moves", async () => Number(await panel.getByRole("meter").getAttribute("aria-valuenow")) > 0);
    assert.equal(await panel.locator("xpath=ancestor-or-self::*[@aria-live or @role='status' or @role='alert']").count(), 0);
    assert.equal(await panel.locator("[aria-live], [role=status], [role=alert]").count(), 0);
    await look(page, "E3-settings", [...panelControls, ...emergencyControls]);
    await panel.getByLabel("Microphone", { exact: true }).selectOption({ index: 1 });
    await until("the microphone is changed", async () => Number(await panel.getByRole("meter").getAttribute("aria-valuenow")) > 0);
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
    assert.equal(await focused(), "Device settings");
  });

  test("E3m: no sound of the microphone opens the settings", async () => {
    node.state = emergency({ state: "connected", connected_at: connectedAt() }, { connected: true, heard: false });
    await page.goto(origin);
    await page.getByText("Emergency services cannot hear you").waitFor();
    await page.getByRole("region", { name: "Device settings" }).waitFor();
    await look(page, "E3m", [...panelControls, ...emergencyControls]);
  });

  test("E4: the sound is lost, they are still on the line", async () => {
    node.state = emergency({ state: "connected", connected_at: connectedAt(), sound: "nowhere" });
    await page.goto(origin);
    await heading("Reconnecting. They are still on the line").waitFor();
    await look(page, "E4", emergencyControls);
  });

  test("E5: a reload shows the call again, another tab too", async () => {
    await open();
    node.show(emergency({ state: "connected", connected_at: connectedAt() }));
    await heading("Connected").waitFor();
    await page.reload();
    await heading("Connected").waitFor();
    node.show(emergency({ state: "connected", connected_at: connectedAt(), sound: "elsewhere" }));
    await page.getByText("Another tab or window of yours carries the sound.").waitFor();
    await look(page, "E5", emergencyControls);
    assert.equal(node.count("dial"), 0);
  });

  test("E6: every route failed; try again dials again", async () => {
    node.state = emergency({ state: "failed" });
    await page.goto(origin);
    await heading("Not connected. Call 112 from a mobile phone").waitFor();
    assert.equal(await page.getByRole("link").getAttribute("href"), "tel:112");
    await look(page, "E6", ["Call 112 with this device", "Try again", "Device settings", "Close"]);
    await button("Try again").click();
    await heading("Connecting").waitFor();
    assert.deepEqual(node.asked.filter(({ do: what }) => what === "dial").map(({ digits }) => digits), ["112"]);
    node.show(emergency({ state: "failed", id: "e2" }));
    await button("Close").click();
    await until("the notice is put away", () => node.count("dismiss") === 1);
  });

  test("E6: no server; the screen says so at once and never dials later", async () => {
    await open();
    node.vanish();
    await page.getByText("No connection to the call server. Trying again.").waitFor();
    await page.keyboard.type("911");
    await button("Call emergency services (112)").waitFor();
    await look(page, "E0-no-server", ["Presence", "Device settings", "Sign out", "Number", "Call emergency services (112)", ...recentControls]);
    await page.keyboard.press("Enter");
    await heading("Not connected. Call 112 from a mobile phone").waitFor({ timeout: 2000 });
    await page.getByText(place[1]!).waitFor();
    await look(page, "E6-no-server", ["Call 112 with this device", "Try again", "Device settings", "Close"]);
    await leavesNoTrace(page, "E6-no-server");
    await button("Try again").click();
    await page.getByText("The call server still cannot be reached. Do not wait for it: use a mobile phone.").waitFor();
    node.up = true;
    await page.getByText("The call server can be reached again. Nothing was dialled in the meantime.").waitFor();
    assert.equal(node.count("dial"), 0);
    await button("Try again").click();
    await until("the dial arrives", () => node.count("dial") === 1);
  });

  test("E6: the line breaks while dialling, or the node does not answer", async () => {
    await open();
    node.answer = (request) => (request.do === "dial" ? new Promise(() => undefined) : Promise.resolve({}));
    await page.keyboard.type("112");
    await page.keyboard.press("Enter");
    await heading("Connecting").waitFor();
    await heading("Not connected. Call 112 from a mobile phone").waitFor();
    node.show(emergency({ state: "ringing" }));
    await until("the feed is back", () => node.feeds === 2);
    await heading("Ringing").waitFor();
    assert.equal(node.count("dial"), 1);
  });

  test("E6: sound and server both gone in mid-call; the call comes back by itself", async () => {
    await page.clock.install();
    node.state = emergency({ state: "connected", connected_at: connectedAt() });
    await page.goto(origin);
    await heading("Connected").waitFor();
    node.vanish();
    await page.getByText("As long as you hear them, keep talking.").waitFor();
    await page.clock.runFor(4000);
    await heading("Connected").waitFor();
    await page.clock.runFor(2000);
    await heading("Not connected. Call 112 from a mobile phone").waitFor();
    node.up = true;
    await page.clock.runFor(4000);
    await heading("Connected").waitFor();
    assert.equal(node.count("dial"), 0);
  });

  test("E7, E10, E11: the time in which they can call back", async () => {
    await open();
    node.show(callBackUntil(false));
    const status = page.getByRole("status", { name: "Emergency services can call you back on +1 217 555 0101 until 15:42" });
    await status.waitFor();
    await look(page, "E7", [...deskControls, ...recentControls]);
    node.show(callBackUntil(true));
    await page.getByText("Emergency services called and nobody answered.").waitFor();
    await look(page, "E10", ["Presence", "Device settings", "Sign out", "Call 112", "Number", "Call", ...recentControls]);
    await leavesNoTrace(page, "E10");
    node.show(calm);
    await status.waitFor({ state: "detached" });
  });

  test("E8, E9: the call back fills the page, rings, holds against Escape and is answered by Enter", async () => {
    await open();
    await page.getByRole("textbox", { name: "Number" }).fill("+1217");
    node.show(emergency({ state: "incoming", incoming: true }));
    const dialog = page.getByRole("alertdialog", { name: "Emergency services are calling back" });
    await dialog.waitFor();
    assert.equal(await focused(), "Answer");
    assert.equal(await page.title(), "Mayday needs you");
    for (let i = 0; i < 4; i++) await page.keyboard.press("Escape");
    assert.ok(await dialog.isVisible(), "Escape does not close the call back");
    assert.equal(await focused(), "Answer");
    await look(page, "E8", ["Answer"]);
    const box = await dialog.boundingBox();
    assert.deepEqual([box?.width, box?.height], [1280, 800]);
    await page.keyboard.press("Enter");
    await until("the answer arrives", () => node.count("answer") === 1);
    node.show(emergency({ state: "connected", incoming: true, connected_at: connectedAt() }));
    await heading("Connected").waitFor();
    await alert().waitFor();
    await look(page, "E9", emergencyControls);
  });

  test("an ordinary call has what an emergency call lacks", async () => {
    await open();
    node.show(ordinary({ connected_at: connectedAt() }));
    await page.getByRole("region", { name: "Call with +1 217 555 0199" }).waitFor();
    const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
    await button("Keypad").click();
    await look(page, "ordinary-call", [...deskControls.slice(0, 3), "Mute", "Hold", "Keypad", "End", ...keys, "Number", "Call", ...recentControls]);
    await button("5").click();
    await button("Mute").click();
    await until("mute arrives", () => node.count("mute") === 1 && node.count("keypad") === 1);
    node.show(ordinary({ state: "incoming", incoming: true, sound: "nowhere" }));
    await button("Decline").waitFor();
    await look(page, "ordinary-incoming", [...deskControls.slice(0, 3), "Answer", "Decline", "Number", "Call", ...recentControls]);
    await button("Answer").click();
    await until("the answer arrives", () => node.count("answer") === 1);
    assert.equal(node.asked.find((request) => request.do === "answer")?.call, "c1");
  });

  test("presence: chosen, refused, and back to what holds", async () => {
    await open();
    const menu = page.getByRole("combobox", { name: "Presence" });
    assert.deepEqual(await menu.locator("option").allTextContents(), ["Available", "Busy", "Do not disturb", "Appear away", "Offline", "Out for lunch"]);
    node.answer = () => Promise.resolve({ refused: { code: "EMERGENCY_LOCKED", detail: "" } });
    await menu.selectOption("Busy");
    await page.getByText("That cannot be changed during an emergency call.").waitFor();
    assert.equal(await menu.inputValue(), "lunch");
  });

  test("signing out ends the session and asks who is there", async () => {
    await open();
    await button("Sign out").click();
    await page.getByRole("textbox", { name: "Username" }).waitFor();
    assert.equal(node.signedIn, false);
    assert.equal(await page.title(), "Mayday");
  });

  test("4401 shows the sign-in page, and the console stays empty", async () => {
    await open();
    node.signedIn = false;
    node.cut(4401);
    await page.getByRole("textbox", { name: "Username" }).waitFor();
    assert.deepEqual(said, []);
  });
});
