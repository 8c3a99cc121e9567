// The question where the person is, in Chromium: one key answers it, and it never stands in the way of a call.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { chromiumPath, launch, openContext } from "./screens/browser.ts";
import { PretendNode } from "./screens/node.ts";
import { asked, calm, emergency, place } from "./screens/states.ts";
import { look, until } from "./screens/walk.ts";

const skip = existsSync(chromiumPath) ? false : `there is no ${chromiumPath}`;
const dist = join(process.cwd(), "node_modules", ".cache", "mayday-dist");

const top = ["Presence", "Device settings", "Sign out"];
const dialler = ["Number", "Call", "Call +1 217 555 0199", "Call +45 31 33 12 34", "Call +44 207 946 0123"];
const yes = "Yes, I am here";

describe("the question where the person is", { skip, timeout: 300_000 }, () => {
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
    node.places = {
      sites: [
        { id: "hq", name: "Headquarters", address: [place[0]!, place[2]!], floor: "4", room: "412" },
        { id: "leeds", name: "Leeds", address: ["27 Park Row", "Leeds LS1 5QB"], floor: "3" },
      ],
      home: { address: ["7 Elm St", "Springfield, IL"] },
    };
    origin = await node.listen();
    context = await openContext(browser, origin);
    page = await context.newPage();
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
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.id);
  const said = () => node.asked.filter(({ do: what }) => what === "confirm_place").map((request) => request.place);

  test("Enter in the empty number box says yes, and the focus never leaves it", async () => {
    node.state = asked();
    await open();
    await page.getByText("Are you at Headquarters, floor 4, room 412?").first().waitFor();
    assert.equal(await focused(), "number");
    await look(page, "place-asked", [...top, yes, "Somewhere else", ...dialler]);
    await page.keyboard.press("Enter");
    await until("the answer arrives", () => said().length === 1);
    assert.deepEqual(said(), [{ site: "hq", floor: "4", room: "412" }]);
    node.show(asked({ ask: false, at: new Date().toISOString() }));
    await page.getByText("You are at Headquarters, floor 4, room 412.").waitFor();
    assert.equal(await focused(), "number");
    await look(page, "place-said", [...top, "I am somewhere else now", ...dialler]);
    await page.keyboard.press("Enter");
    await page.keyboard.type("112");
    await button("Call emergency services (112)").waitFor();
    assert.equal(said().length, 1);
    assert.equal(node.count("dial"), 0);
  });

  test("an emergency number is dialled at once while the question stands, and from its buttons too", async () => {
    node.state = asked();
    await open();
    await page.keyboard.type("112");
    await page.keyboard.press("Enter");
    await page.getByRole("alert", { name: "An emergency call is in progress" }).waitFor();
    assert.deepEqual([node.count("dial"), said()], [1, []]);
    node.show(emergency({ state: "ringing" }));
    await page.getByRole("heading", { name: "Ringing" }).waitFor();
    assert.equal(await page.getByRole("region", { name: "Where you are" }).count(), 0);
    node.show(asked());
    await button(yes).focus();
    await page.keyboard.type("911");
    assert.equal(await page.getByRole("textbox", { name: "Number" }).inputValue(), "911");
    await page.keyboard.press("Enter");
    await until("the dial arrives", () => node.count("dial") === 2);
    assert.deepEqual(said(), []);
  });

  test("somewhere else: another site, home, and back with Escape", async () => {
    node.state = asked();
    await open();
    await button("Somewhere else").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("combobox", { name: "Place" }).waitFor();
    assert.equal(await focused(), await page.getByRole("combobox", { name: "Place" }).evaluate((element) => element.textContent));
    await look(page, "place-elsewhere", [...top, "Place", "Floor", "Room", "I am here", "Cancel", ...dialler]);
    await page.keyboard.press("Escape");
    await until("the focus is in the number box", async () => (await focused()) === "number");
    await button("Somewhere else").click();
    await page.getByRole("combobox", { name: "Place" }).selectOption("Leeds");
    await page.getByText("27 Park Row").waitFor();
    assert.equal(await page.getByLabel("Floor").inputValue(), "3");
    await page.getByLabel("Room").fill(" 31 ");
    node.answer = () => Promise.resolve({ refused: { code: "NO_SUCH_SITE", detail: "" } });
    await page.keyboard.press("Enter");
    await page.getByText("The call server did not take this place. Choose again.").waitFor();
    assert.equal(await page.getByLabel("Room").inputValue(), " 31 ");
    node.answer = () => Promise.resolve({});
    await page.keyboard.press("Enter");
    await page.getByRole("combobox", { name: "Place" }).waitFor({ state: "detached" });
    assert.deepEqual(said().at(-1), { site: "leeds", floor: "3", room: "31" });
    await until("the focus is in the number box", async () => (await focused()) === "number");
    await button("Somewhere else").click();
    await page.getByRole("combobox", { name: "Place" }).selectOption("At home");
    await button("I am here").click();
    await until("home arrives", () => said().length === 3);
    assert.deepEqual(said().at(-1), { home: true });
  });

  test("what the network says is proposed, a site as an address that is none; Enter agrees with just that", async () => {
    node.state = asked({ floor: "9", room: "901", by_network: true });
    await open();
    await page.getByText("Are you at Headquarters, floor 9, room 901?").first().waitFor();
    await page.getByText("The network that you are on says so.").waitFor();
    await page.keyboard.press("Enter");
    await until("the answer arrives", () => said().length === 1);
    assert.deepEqual(said(), [{ site: "hq", floor: "9", room: "901" }]);
    const address = ["Floor 3", "Åboulevarden 12", "Aarhus", "Denmark"];
    node.show(asked({ site: "", name: address.join(", "), floor: "", room: "", network: address, by_network: true }));
    await page.getByText("Are you at Floor 3, Åboulevarden 12, Aarhus, Denmark?").first().waitFor();
    await look(page, "place-by-network", [...top, yes, "Somewhere else", ...dialler]);
    await page.keyboard.press("Enter");
    await until("the answer arrives", () => said().length === 2);
    assert.deepEqual(said().at(-1), { network: address });
    node.show(asked({ ask: false, site: "", name: address.join(", "), floor: "", room: "", network: address, at: new Date().toISOString() }));
    await page.getByText("You are at Floor 3, Åboulevarden 12, Aarhus, Denmark.").waitFor();
    assert.equal(await page.getByText("The network that you are on says so.").count(), 0);
  });

  test("without the list of places the form says so, and the number box works", async () => {
    node.state = asked({ site: "", name: "", floor: "", room: "" });
    node.places = null;
    await open();
    await page.getByText("Where are you? Emergency services cannot be told your place yet.").first().waitFor();
    await page.keyboard.press("Enter");
    await button("Say where you are").click();
    await page.getByText("The call server cannot be reached. Try again in a moment.").waitFor();
    await button("Cancel").click();
    await button("Say where you are").waitFor();
    assert.deepEqual(said(), []);
  });

  test("signing in and another network are told to the node, also when it was away meanwhile", async () => {
    node.signedIn = false;
    await page.goto(origin);
    await page.getByRole("textbox", { name: "Username" }).fill("alice");
    await page.getByLabel("Password").fill("mayday");
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Number" }).waitFor();
    await until("signing in is told", () => node.count("network_changed") === 1);
    await context.setOffline(true);
    await context.setOffline(false);
    await until("the other network is told", () => node.count("network_changed") === 2);
    node.vanish();
    await page.getByText("No connection to the call server. Trying again.").waitFor();
    await page.evaluate(() => void dispatchEvent(new Event("online")));
    node.up = true;
    await until("it is told when the node is back", () => node.count("network_changed") === 3);
    await page.reload();
    await page.getByRole("textbox", { name: "Number" }).waitFor();
    assert.equal(node.count("network_changed"), 3, "a reload is no other network");
  });

  test("the position is asked for with the reason, before the browser asks", async () => {
    const bare = await openContext(browser, origin, ["microphone"]);
    node.state = calm;
    const tab = await bare.newPage();
    await tab.addInitScript(() => {
      const query = navigator.permissions.query.bind(navigator.permissions);
      let state = "prompt";
      navigator.permissions.query = (wanted) => (String(wanted.name) === "geolocation" ? Promise.resolve({ state } as PermissionStatus) : query(wanted));
      navigator.geolocation.getCurrentPosition = (found) => {
        state = "granted";
        found({ coords: { latitude: 56.1, longitude: 10.2, accuracy: 20 } } as GeolocationPosition);
      };
    });
    await tab.goto(origin);
    await tab.getByText("Let this page see where this device is").waitFor();
    assert.equal(node.count("position"), 0);
    await look(tab, "place-position", [...top, "Share where I am", "Not now", ...dialler]);
    await tab.getByRole("button", { name: "Share where I am" }).click();
    await until("the position arrives", () => node.count("position") === 1);
    await tab.getByRole("button", { name: "Share where I am" }).waitFor({ state: "detached" });
    await tab.reload();
    await tab.getByRole("button", { name: "Not now" }).click();
    await tab.getByRole("button", { name: "Not now" }).waitFor({ state: "detached" });
    assert.equal(node.count("position"), 1);
    await bare.close();
  });
});
