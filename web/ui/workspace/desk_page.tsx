// The ordinary workspace, from which an emergency call starts.

import { Alerts } from "../lib/components/alerts.tsx";
import { Button } from "../lib/components/button.tsx";
import { Choice } from "../lib/components/choice.tsx";
import { Drill } from "../lib/components/drill.tsx";
import { Faults } from "../lib/components/faults.tsx";
import { t } from "../lib/i18n/index.ts";
import { grouped } from "../lib/number.ts";
import type { PresenceChoice } from "../lib/api.gen.ts";
import type { Desk } from "./desk.ts";
import { DeviceSettings, DeviceSettingsButton } from "./device_settings.tsx";
import { Dialler } from "./dialler.tsx";
import { Listening, Ongoing } from "./listening.tsx";
import { OrdinaryCall } from "./ordinary_call.tsx";
import { ReadyLine } from "./ready_line.tsx";
import { Recents } from "./recents.tsx";
import type { DeskScreen } from "./screen.ts";
import { WhereBar } from "./where_bar.tsx";
import { WindowBanner } from "./window_banner.tsx";

export function DeskPage({ desk, screen }: { desk: Desk; screen: DeskScreen }) {
  return (
    <>
      <header class="top">
        <span class="app-name">{t("app.name")}</span>
        <PresenceMenu desk={desk} screen={screen} />
        <span class="signed-in">{t("app.signed_in_as", { name: screen.server.rep.name })}</span>
        <DeviceSettingsButton desk={desk} />
        <Button look="quiet" onClick={() => void desk.signOut()}>
          {t("app.sign_out")}
        </Button>
      </header>
      <Alerts
        alerts={screen.alerts}
        acknowledged={desk.acknowledged}
        sounds={desk.sound.page}
        feedDown={screen.feedDown}
        listenIn={screen.server.listening ? null : (alert) => desk.listenIn(alert)}
      />
      {!screen.server.listening && <Ongoing calls={screen.server.ongoing ?? []} listenIn={(call) => desk.listenIn(call)} />}
      {screen.server.listening && <Listening desk={desk} call={screen.server.listening} />}
      {screen.window && <WindowBanner desk={desk} open={screen.window} mobile={screen.server.mobile_number} />}
      {screen.faults.length > 0 && <Faults faults={screen.faults} />}
      <p class="feed-down" aria-live="polite">
        {screen.feedDown ? t("app.feed_down") : ""}
      </p>
      <p class="unseen" aria-live="assertive">
        {screen.call?.state === "incoming" ? t("call.incoming_heading", { number: grouped(screen.call.number) }) : ""}
      </p>
      {screen.server.ready && <ReadyLine ready={screen.server.ready} />}
      <WhereBar desk={desk} screen={screen} />
      <main class="desk">
        <DeviceSettings desk={desk} />
        {screen.call && <OrdinaryCall key={screen.call.id} desk={desk} call={screen.call} />}
        <Dialler desk={desk} server={screen.server} />
        <Recents desk={desk} />
        {screen.drills && <Drill drills={desk.drills} feedDown={screen.feedDown} />}
      </main>
    </>
  );
}

function PresenceMenu({ desk, screen }: { desk: Desk; screen: DeskScreen }) {
  const { current, choices } = screen.server.presence;
  return (
    <Choice
      id="presence"
      label={t("presence.label")}
      value={current}
      options={choices.map((choice) => ({ id: choice.id, label: presenceName(choice) }))}
      onChoose={(id) => void desk.choosePresence(id)}
    />
  );
}

function presenceName(choice: PresenceChoice): string {
  if (choice.name !== "") return choice.name;
  switch (choice.base) {
    case "available":
      return t("presence.available");
    case "busy":
      return t("presence.busy");
    case "do_not_disturb":
      return t("presence.do_not_disturb");
    case "away":
      return t("presence.away");
    case "offline":
      return t("presence.offline");
    default:
      return choice.id;
  }
}
