// The drill in Chromium: for administrators only, its evidence, its refusals, and out of the way of an emergency call.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { chromiumPath, controls, launch, openContext } from "./screens/browser.ts";
import { PretendNode } from "./screens/node.ts";
import { administering, calm, callBackUntil, connectedAt, emergency, watching } from "./screens/states.ts";
import { leavesNoTrace, look, until } from "./screens/walk.ts";

const skip = existsSync(chromiumPath) ? false : `there is no ${chromiumPath}`;
const dist = join(process.cwd(), "node_modules", ".cache", "mayday-dist");

const ordinary = ["Presence", "Device settings", "Sign out", "Number", "Call", "Call +1 217 555 0199", "Call +45 31 33 12 34", "Call +44 207 946 0123"];
const drillControls = ["Through", "Place a drill"];

const hops = [
  { at: "2026-03-04T09:30:00.1234567Z", what: "call-back number +12175550101 leased" },
  { at: "2026-03-04T09:30:00.125Z", what: "INVITE sent to the test service 933 of trunk provider" },
  { at: "2026-03-04T09:30:02.164Z", what: "answered" },
];
const silence = { at: "2026-03-04T09:30:04.17Z", what: "sound: 100 packets, -91 dBov", failed: true };

function problem(status: number, code: string, detail: string): [number, unknown] {
  return [status, { title: "", status, code, detail }];
}

describe("a drill", { skip, timeout: 240_000 }, () => {
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
    node.state = administering(calm);
    node.trunks = ["provider", "reserve"];
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
  const region = () => page.getByRole("region", { name: "Drill", exact: true });
  const place = () => region().getByRole("button", { name: "Place a drill", exact: true });
  const says = (text: string) => region().getByRole("status").getByText(text, { exact: true }).waitFor();
  const lines = () => region().getByRole("listitem").allTextContents();
  const through = () => region().getByRole("combobox", { name: "Through" });
  /** The next drill stays under way until it is told its answer. */
  const hold = () => {
    let tell: (answer: [number, unknown]) => void = () => undefined;
    node.drill = () => new Promise((resolve) => (tell = resolve));
    return (status: number, body: unknown) => tell([status, body]);
  };

  test("is offered to administrators only, and leaves the focus in the number box", async () => {
    await open();
    await region().getByText("It cannot reach a live emergency service.").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.id), "number");
    await until("the trunks are there", async () => (await through().locator("option").count()) === 3);
    assert.deepEqual(await through().locator("option").allTextContents(), ["Built-in test service", "provider", "reserve"]);
    await look(page, "drill", [...ordinary, ...drillControls]);
    node.show(watching(calm));
    await region().waitFor({ state: "detached" });
    assert.deepEqual(await controls(page), ordinary);
  });

  test("runs with the focus where it was, once, and shows its evidence hop by hop", async () => {
    const end = hold();
    await open();
    await through().selectOption("provider");
    await place().focus();
    await page.keyboard.press("Enter");
    await says("The drill is running…");
    await page.keyboard.press("Enter");
    assert.equal(await place().getAttribute("aria-disabled"), "true");
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Place a drill");
    await look(page, "drill-running", [...ordinary, ...drillControls]);
    end(200, { passed: true, hops });
    await says("The drill passed");
    assert.deepEqual(node.drills, [{ trunk: "provider" }]);
    assert.deepEqual(await lines(), [
      "0.000 sec call-back number +12175550101 leased",
      "0.002 sec INVITE sent to the test service 933 of trunk provider",
      "2.041 sec answered",
    ]);
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Place a drill");
    await look(page, "drill-passed", [...ordinary, ...drillControls]);
    await leavesNoTrace(page, "drill");
  });

  test("says in words what has failed", async () => {
    node.drill = () => Promise.resolve([200, { passed: false, hops: [...hops, silence] }]);
    await open();
    await place().click();
    await says("The drill failed");
    assert.deepEqual(node.drills, [{}]);
    assert.equal((await lines()).at(-1), "4.047 sec Failed: sound: 100 packets, -91 dBov");
    await look(page, "drill-failed", [...ordinary, ...drillControls]);
  });

  test("says why there is none", async () => {
    await open();
    node.up = false;
    await place().click();
    await says("The call server did not answer. Whether the drill passed is not known.");
    node.up = true;
    const answers: [[number, unknown], string][] = [
      [problem(422, "DRILL_IN_EMERGENCY", ""), "An emergency call is in progress. No drill is placed beside it."],
      [problem(422, "NO_FREE_NUMBER", ""), "No call-back number is free for a drill. Try again later."],
      [problem(422, "NO_TEST_SERVICE", ""), "There is no test service on this way. Choose another one."],
      [problem(403, "NOT_ALLOWED", ""), "Only an administrator can place a drill."],
      [[502, {}], "The call server did not answer. Whether the drill passed is not known."],
      [problem(500, "FAULT", "Its log says why."), "The drill was not completed. The call server says: Its log says why."],
    ];
    for (const [answer, words] of answers) {
      node.drill = () => Promise.resolve(answer);
      await place().click();
      await says(words);
    }
    await look(page, "drill-refused", [...ordinary, ...drillControls]);
  });

  test("leaves the page for an emergency call, and its evidence is there afterwards", async () => {
    const end = hold();
    await open();
    await place().click();
    await says("The drill is running…");
    for (const call of [{ state: "ringing" }, { state: "connected", connected_at: connectedAt() }, { state: "incoming", incoming: true }] as const) {
      node.show(administering(emergency(call)));
      await region().waitFor({ state: "detached" });
      assert.ok(!(await controls(page)).includes("Place a drill"), call.state);
    }
    end(200, { passed: true, hops });
    node.show(administering(callBackUntil(false)));
    await says("The drill passed");
    assert.equal((await lines()).length, 3);
  });

  test("is forgotten when the session ends", async () => {
    await open();
    await place().click();
    await says("The drill passed");
    node.signedIn = false;
    node.cut(4401);
    await page.getByRole("textbox", { name: "Username" }).fill("ada");
    await page.getByLabel("Password").fill("mayday");
    await page.keyboard.press("Enter");
    await place().waitFor();
    assert.equal(await region().getByRole("status").textContent(), "");
  });
});
