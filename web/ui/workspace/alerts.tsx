// Emergency calls of others, for those who look after the site: shown and heard until somebody acknowledges them.

import { useEffect, useRef } from "preact/hooks";
import type { Alert } from "../lib/api.gen.ts";
import { Button } from "../lib/components/button.tsx";
import { Lines } from "../lib/components/lines.tsx";
import { keepFocus, numberBox } from "../lib/focus.ts";
import { clock, t } from "../lib/i18n/index.ts";
import type { Desk } from "./desk.ts";
import type { DeskScreen } from "./screen.ts";

/** What a mouse presses this soon after an alert has pushed the page down was meant for something else. */
const SETTLED_AFTER_MS = 500;

export function Alerts({ desk, screen }: { desk: Desk; screen: DeskScreen }) {
  const sounding = screen.alerts.some((alert) => !desk.acknowledged.has(alert));
  useEffect(() => {
    if (!sounding) return;
    desk.sound.page.repeat("chime");
    return () => desk.sound.page.hush("chime");
  }, [desk, sounding]);
  return (
    <section class="alerts" aria-label={t("alerts.region")}>
      {screen.alerts.map((alert) => (
        <OneAlert key={alert.call} desk={desk} alert={alert} feedDown={screen.feedDown} />
      ))}
      {sounding && desk.sound.page.heldBack.value && <p class="click-for-sound">{t("alerts.click_for_sound")}</p>}
    </section>
  );
}

/** It enters the page whole, is read out once, and again only when the call turns out to have failed. It never takes the focus. */
function OneAlert({ desk, alert, feedDown }: { desk: Desk; alert: Alert; feedDown: boolean }) {
  const shownAt = useRef(performance.now());
  useEffect(() => () => keepFocus(nextAlertOrNumberBox), []);
  const words = `alert-${alert.call}`;
  const acknowledge = (event: MouseEvent) => {
    const mouse = event.detail > 0;
    if (!mouse || event.timeStamp - shownAt.current > SETTLED_AFTER_MS) desk.acknowledged.add(alert);
  };
  return (
    <div class={alert.failed ? "alert alert-failed" : "alert"}>
      <div class="alert-words" role="alert" aria-labelledby={words}>
        <p id={words} class="strong" tabIndex={-1}>
          {called(alert)}
        </p>
        {alert.failed && <p class="strong">{t("alerts.failed", { number: alert.number })}</p>}
        {alert.place.length > 0 ? <Lines lines={alert.place} /> : <p>{t("alerts.place_unknown")}</p>}
      </div>
      <div class="row">
        {alert.failed && (
          <a class="button" href={`tel:${alert.number}`}>
            {t("alerts.link", { number: alert.number })}
          </a>
        )}
        <Button aria-describedby={words} onClick={acknowledge}>
          {t("alerts.acknowledge")}
        </Button>
      </div>
      <p class="alert-waiting" aria-live="polite">
        {feedDown && desk.acknowledged.has(alert) ? t("alerts.waiting") : ""}
      </p>
    </div>
  );
}

function called({ rep, site, number, at }: Alert): string {
  const time = clock(new Date(at));
  return site === "" ? t("alerts.called", { name: rep, number, time }) : t("alerts.called_at_site", { name: rep, site, number, time });
}

function nextAlertOrNumberBox(): HTMLElement | null {
  return document.querySelector<HTMLElement>(".alerts [tabindex]") ?? numberBox();
}
