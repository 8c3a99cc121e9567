// E6: no line to the emergency service, or no server. The way out is another telephone.

import { useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../lib/components/button.tsx";
import { Lines } from "../lib/components/lines.tsx";
import { t } from "../lib/i18n/index.ts";
import type { Desk } from "./desk.ts";
import { DeviceSettings, DeviceSettingsButton } from "./device_settings.tsx";
import type { NotConnectedScreen, Reason } from "./screen.ts";

export function NotConnected({ desk, screen }: { desk: Desk; screen: NotConnectedScreen }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  return (
    <main class="emergency not-connected">
      <div class="stage">
        <h1 ref={heading} tabIndex={-1}>
          {t("not_connected.heading", { mobile: screen.mobile })}
        </h1>
      </div>
      <p role="status">{reasonOf(screen.reason)}</p>
      <p>
        <a class="button button-primary button-large" href={`tel:${screen.mobile}`}>
          {t("not_connected.link", { mobile: screen.mobile })}
        </a>
      </p>
      {screen.place.length > 0 && (
        <section class="card">
          <h2>{t("not_connected.place")}</h2>
          <Lines lines={screen.place} large />
        </section>
      )}
      <DeviceSettings desk={desk} />
      <div class="actions">
        <Button look="danger" large onClick={() => desk.dialAgain(screen.number)}>
          {t("not_connected.try_again")}
        </Button>
        <DeviceSettingsButton desk={desk} large />
        <Button look="quiet" large onClick={() => desk.dismiss()}>
          {t("not_connected.close")}
        </Button>
      </div>
    </main>
  );
}

function reasonOf(reason: Reason): string {
  switch (reason) {
    case "routes":
      return t("not_connected.routes");
    case "no_server":
      return t("not_connected.no_server");
    case "still_no_server":
      return t("not_connected.still_no_server");
    case "server_back":
      return t("not_connected.server_back");
  }
}
