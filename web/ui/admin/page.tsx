// What the pages of the admin center are put together from.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../lib/components/button.tsx";
import { t } from "../lib/i18n/index.ts";
import type { Admin } from "./admin.ts";
import { addressOf } from "./route.ts";
import type { Route } from "./route.ts";

/** The heading of a page. It has the focus when the page is shown, so that whoever reads with their ears knows where they are. */
export function Heading({ children }: { children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

/** A link to another page of the admin center, which is shown without a reload. */
export function Link({ admin, to, current = false, children }: { admin: Admin; to: Partial<Route>; current?: boolean; children: ComponentChildren }) {
  return (
    <a
      href={addressOf(to)}
      {...(current ? { "aria-current": "page" as const } : {})}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        admin.go(to);
      }}
    >
      {children}
    </a>
  );
}

/** What could not be read, with a way to try again. */
export function Unsure({ words, again }: { words: string; again(): void }) {
  return (
    <div class="outcome outcome-bad" role="status">
      <p class="strong">{words}</p>
      <Button onClick={again}>{t("admin.try_again")}</Button>
    </div>
  );
}

/** A table that scrolls by itself where the window is narrow, by keyboard too. */
export function TableBox({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="table-box" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
