// Emergency calls of others, for those who look after them: shown and heard until somebody acknowledges them. The workspace shows them, and
// so does every other page of these people.

import { useEffect, useRef } from "preact/hooks";
import type { Acknowledged } from "../acknowledged.ts";
import type { Alert } from "../api.gen.ts";
import { keepFocus, numberBox } from "../focus.ts";
import { clock, t } from "../i18n/index.ts";
import type { Sounds } from "../sounds.ts";
import "../theme/alerts.css";
import { Button } from "./button.tsx";
import { Lines } from "./lines.tsx";

/** What a mouse presses this soon after an alert has pushed the page down was meant for something else. */
const SETTLED_AFTER_MS = 500;

export interface AlertsProps {
  /** The newest first, as the node shows them. */
  alerts: readonly Alert[];
  acknowledged: Acknowledged;
  /** What they are heard through; whatever page it is calls letOut of it at every click and key press. */
  sounds: Sounds;
  feedDown: boolean;
  /** Lets the person take part in the call of an alert; "workspace": only that page has sound for it; null: not now. */
  listenIn: ((alert: Alert) => void) | "workspace" | null;
}

export function Alerts({ alerts, acknowledged, sounds, feedDown, listenIn }: AlertsProps) {
  const sounding = alerts.some((alert) => !acknowledged.has(alert));
  useEffect(() => {
    if (!sounding) return;
    sounds.repeat("chime");
    return () => sounds.hush("chime");
  }, [sounds, sounding]);
  if (alerts.length === 0) return null;
  return (
    <section class="alerts" aria-label={t("alerts.region")}>
      {alerts.map((alert) => (
        <OneAlert key={alert.call} acknowledged={acknowledged} alert={alert} feedDown={feedDown} listenIn={listenIn} />
      ))}
      {sounding && sounds.heldBack.value && <p class="click-for-sound">{t("alerts.click_for_sound")}</p>}
    </section>
  );
}

/** It enters the page whole, is read out once, and again only when the call turns out to have failed. It never takes the focus. */
function OneAlert({ acknowledged, alert, feedDown, listenIn }: { alert: Alert } & Pick<AlertsProps, "acknowledged" | "feedDown" | "listenIn">) {
  const shownAt = useRef(performance.now());
  useEffect(() => () => keepFocus(nextAlertOrNumberBox), []);
  const words = `alert-${alert.call}`;
  const acknowledge = (event: MouseEvent) => {
    const mouse = event.detail > 0;
    if (!mouse || event.timeStamp - shownAt.current > SETTLED_AFTER_MS) acknowledged.add(alert);
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
        {alert.joins && typeof listenIn === "function" && (
          <Button aria-describedby={words} onClick={() => listenIn(alert)}>
            {t("alerts.listen_in")}
          </Button>
        )}
        {alert.joins && listenIn === "workspace" && (
          <a class="button" href="/">
            {t("alerts.listen_in_workspace")}
          </a>
        )}
        <Button aria-describedby={words} onClick={acknowledge}>
          {t("alerts.acknowledge")}
        </Button>
      </div>
      <p class="alert-waiting" aria-live="polite">
        {feedDown && acknowledged.has(alert) ? t("alerts.waiting") : ""}
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
