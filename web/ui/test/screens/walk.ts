// How a test looks at one state: in light and dark, wide and narrow, through axe, and at the names of all controls.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { complaints, controls, overflow, traces } from "./browser.ts";

const pictures = process.env["MAYDAY_SCREENSHOTS"] ?? "";
if (pictures !== "") mkdirSync(pictures, { recursive: true });

// Dark changes colours only and a narrow window only the layout, so only the rules about those are asked again.
const views = [
  { name: "light", colorScheme: "light", width: 1280, height: 800, rules: [] },
  { name: "dark", colorScheme: "dark", width: 1280, height: 800, rules: ["color-contrast", "link-in-text-block"] },
  { name: "narrow", colorScheme: "light", width: 360, height: 640, rules: ["color-contrast", "target-size", "scrollable-region-focusable"] },
] as const;

/** Looks at a state from all sides. The names of the controls must be exactly the given ones, in order. */
export async function look(page: Page, state: string, names: readonly string[]): Promise<void> {
  assert.deepEqual(await controls(page), names, `${state}: controls in the page`);
  for (const view of views) {
    await page.emulateMedia({ colorScheme: view.colorScheme });
    await page.setViewportSize({ width: view.width, height: view.height });
    if (pictures !== "") await page.screenshot({ path: join(pictures, `${state}-${view.name}.png`) });
    assert.deepEqual(await complaints(page, view.rules), [], `${state}, ${view.name}: axe`);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok((await overflow(page)) <= 0, `${state}: wider than a window of 320 pixels`);
  await page.setViewportSize({ width: 1280, height: 800 });
}

/** Nothing of an emergency call may stay in the browser, be it while it lasts. */
export async function leavesNoTrace(page: Page, state: string): Promise<void> {
  const left = await traces(page);
  for (const secret of ["112", "911", "5550101", "Springfield", "Main St"]) {
    assert.ok(!left.includes(secret), `${state}: ${secret} is in storage, address, title or history: ${left}`);
  }
}

/** Waits until something holds, for a human time. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > end) assert.fail(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
