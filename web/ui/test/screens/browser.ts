// Chromium with a pretend microphone, and what is asked of a page.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, Page } from "playwright-core";

export const chromiumPath = "/usr/bin/chromium";

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--use-fake-device-for-media-stream",
      "--autoplay-policy=document-user-activation-required",
      "--allow-loopback-in-peer-connection",
    ],
  });
}

export async function openContext(browser: Browser, origin: string, permissions = ["microphone", "geolocation"]): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-US", reducedMotion: "reduce" });
  await context.grantPermissions(permissions, { origin });
  if (permissions.includes("geolocation")) await context.setGeolocation({ latitude: 39.8, longitude: -89.64, accuracy: 30 });
  context.setDefaultTimeout(10_000);
  return context;
}

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

declare global {
  interface Window {
    axe?: { run(root: Document, options: object): Promise<{ violations: Violation[] }> };
  }
}

const axeSource = readFileSync(join(createRequire(import.meta.url).resolve("axe-core"), "..", "axe.min.js"), "utf8");

/** Everything that axe complains about on the page as it is now, by all of its rules or by the named ones. */
export async function complaints(page: Page, rules: readonly string[] = []): Promise<string[]> {
  if (!(await page.evaluate(() => window.axe !== undefined))) await page.evaluate(axeSource);
  return page.evaluate(async (only) => {
    const found = await window.axe?.run(document, { resultTypes: ["violations"], ...(only.length > 0 ? { runOnly: only } : {}) });
    return (found?.violations ?? []).flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ""}`));
  }, rules);
}

/** The names of everything in the document that can be operated, seen or not, in order. */
export function controls(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("button, a[href], input, select, textarea, summary, [tabindex='0'], [contenteditable]")].map((element) => {
      const label = element instanceof HTMLInputElement || element instanceof HTMLSelectElement ? element.labels?.[0]?.textContent : null;
      return (label ?? element.getAttribute("aria-label") ?? element.textContent ?? "").trim();
    }),
  );
}

/** What would be left of a call in this browser when the tab is closed. */
export function traces(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const databases = (await indexedDB.databases()).map(({ name }) => name);
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href.slice(location.origin.length), history.state, document.title, document.cookie, databases]);
  });
}

/** How far the page is wider than its window, in pixels. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}
