// The emergency call: what to read out, and how to end it. Nothing else is on the page meanwhile.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { CallDesk } from "../lib/api.gen.ts";
import { Button } from "../lib/components/button.tsx";
import { Duration } from "../lib/components/duration.tsx";
import { Lines } from "../lib/components/lines.tsx";
import { t } from "../lib/i18n/index.ts";
import { grouped } from "../lib/number.ts";
import type { Desk } from "./desk.ts";
import { DeviceSettings, DeviceSettingsButton } from "./device_settings.tsx";
import type { EmergencyScreen, Trouble } from "./screen.ts";

/** Said once: it enters the page with the call, stays the same through all its states and leaves with it. */
export function EmergencyAlert() {
  return (
    <div class="alert-bar" role="alert" aria-label={t("emergency.alert")}>
      {t("emergency.alert")}
    </div>
  );
}

export function EmergencyPanel({ desk, screen }: { desk: Desk; screen: EmergencyScreen }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    desk.settingsOpen.value = false;
    heading.current?.focus();
    return () => {
      desk.settingsOpen.value = false;
    };
  }, [desk]);
  useSettingsWhenUnheard(desk, screen.trouble);
  const end = (event: MouseEvent) => {
    if (event.detail <= 1) desk.end(); // the second half of a double click on Call or Answer ends nothing
  };
  return (
    <main class="emergency" aria-label={t("emergency.region")}>
      <div class="stage">
        <div role="status">
          <h1 ref={heading} tabIndex={-1}>
            {stageOf(screen)}
          </h1>
        </div>
        {screen.connectedAt && <Duration since={screen.connectedAt} label={t("emergency.duration")} />}
      </div>
      <div class="hints" aria-live="polite">
        <Hint desk={desk} screen={screen} />
        {screen.security && <p class="strong">{securityDesk(screen.security)}</p>}
      </div>
      <DeviceSettings desk={desk} />
      <ReadOut screen={screen} />
      <div class="actions">
        <Button look="danger" large onClick={end}>
          {t("emergency.end")}
        </Button>
        <DeviceSettingsButton desk={desk} large />
      </div>
    </main>
  );
}

/** What the person reads out to the call taker. */
function ReadOut({ screen }: { screen: EmergencyScreen }) {
  return (
    <div class="read-out">
      <section class="card">
        <h2>{t("emergency.place")}</h2>
        {screen.place.length > 0 ? <Lines lines={screen.place} large /> : <p class="strong">{t("emergency.place_unknown")}</p>}
      </section>
      {screen.callbackNumber && (
        <section class="card">
          <h2>{t("emergency.callback")}</h2>
          <p class="number">{grouped(screen.callbackNumber)}</p>
        </section>
      )}
    </div>
  );
}

function stageOf({ ending, trouble, stage }: EmergencyScreen): string {
  if (ending) return t("emergency.ending");
  if (trouble === "reconnecting") return t("emergency.reconnecting");
  switch (stage) {
    case "placing":
      return t("emergency.placing");
    case "ringing":
      return t("emergency.ringing");
    case "connected":
      return t("emergency.connected");
  }
}

function securityDesk({ state }: CallDesk): string {
  switch (state) {
    case "ringing":
      return t("emergency.desk_ringing");
    case "listening":
      return t("emergency.desk_listening");
    case "speaking":
      return t("emergency.desk_speaking");
  }
}

function Hint({ desk, screen }: { desk: Desk; screen: EmergencyScreen }) {
  if (screen.trouble === "reconnecting") return <p>{t("emergency.reconnecting_hint", { mobile: screen.mobile })}</p>;
  if (screen.trouble === "elsewhere") return <p>{t("emergency.other_tab")}</p>;
  const why = whyUnheard(screen.trouble);
  return (
    <>
      {screen.wanted !== null && <p class="strong">{t("emergency.wanted", { name: screen.wanted })}</p>}
      {why !== null && (
        <div class="warning">
          <p class="strong">{t("emergency.unheard")}</p>
          <p>{why}</p>
        </div>
      )}
      {desk.sound.silenced.value && <p class="warning">{t("sound.click")}</p>}
      {screen.feedDown && screen.stage === "connected" && <p>{t("emergency.feed_down", { mobile: screen.mobile })}</p>}
    </>
  );
}

function whyUnheard(trouble: Trouble): string | null {
  if (trouble === "missing" && !window.isSecureContext) return t("devices.insecure");
  switch (trouble) {
    case "asking":
      return t("devices.asking");
    case "denied":
      return t("emergency.unheard_denied");
    case "missing":
      return t("emergency.unheard_missing");
    case "silent":
      return t("emergency.unheard_silent");
    default:
      return null;
  }
}

/** E3m opens the device settings by itself. */
function useSettingsWhenUnheard(desk: Desk, trouble: Trouble): void {
  const unheard = whyUnheard(trouble) !== null;
  useEffect(() => {
    if (unheard) desk.settingsOpen.value = true;
  }, [desk, unheard]);
}
