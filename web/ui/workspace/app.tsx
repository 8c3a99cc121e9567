import { useLayoutEffect } from "preact/hooks";
import { SignInPage } from "../lib/components/sign_in.tsx";
import { t } from "../lib/i18n/index.ts";
import { CallBack } from "./call_back.tsx";
import type { Desk } from "./desk.ts";
import { DeskPage } from "./desk_page.tsx";
import { EmergencyAlert, EmergencyPanel } from "./emergency.tsx";
import { NotConnected } from "./not_connected.tsx";
import { Opening } from "./opening.tsx";
import type { Screen } from "./screen.ts";

export function App({ desk }: { desk: Desk }) {
  const screen = desk.screen.value;
  const inProgress = screen.kind === "emergency";
  const title = titleOf(screen);
  useLayoutEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <div class="app" onPointerDown={() => desk.sound.letOut()} onKeyDown={() => desk.sound.letOut()}>
      {inProgress && <EmergencyAlert />}
      <Page desk={desk} screen={screen} />
    </div>
  );
}

/** What other windows see of this one, and what browsers write down of it: never a name, a number or a place, nor that there is an emergency. */
function titleOf(screen: Screen): string {
  const needed = screen.kind === "call_back" || (screen.kind === "desk" && screen.alerts.length > 0);
  return needed ? t("app.needs_you") : t("app.name");
}

function Page({ desk, screen }: { desk: Desk; screen: Screen }) {
  switch (screen.kind) {
    case "opening":
      return <Opening unreachable={screen.unreachable} />;
    case "sign_in":
      return <SignInPage signIn={(username, password) => desk.signIn(username, password)} />;
    case "emergency":
      return <EmergencyPanel desk={desk} screen={screen} />;
    case "call_back":
      return <CallBack desk={desk} screen={screen} />;
    case "not_connected":
      return <NotConnected desk={desk} screen={screen} />;
    case "desk":
      return <DeskPage desk={desk} screen={screen} />;
  }
}
