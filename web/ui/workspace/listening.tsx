// Somebody at the security desk: the emergency calls to which they may listen after their alerts were acknowledged, and the one to which they
// listen: whether they are heard, and the way out. Ending the call is not theirs.

import { useEffect, useRef } from "preact/hooks";
import type { Alert, Listening as Call } from "../lib/api.gen.ts";
import { Button } from "../lib/components/button.tsx";
import { keepFocus, numberBox } from "../lib/focus.ts";
import { t } from "../lib/i18n/index.ts";
import type { Desk } from "./desk.ts";

export function Listening({ desk, call }: { desk: Desk; call: Call }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    return () => keepFocus(numberBox);
  }, [call.call]);
  return (
    <section class="alert listening" aria-label={t("listening.region")}>
      <div class="alert-words">
        <h2 ref={heading} tabIndex={-1} class="strong">
          {headingOf(call)}
        </h2>
        <p role="status">{heardBy(call)}</p>
      </div>
      <div class="row">
        {call.may_speak && (
          <Button onClick={() => void desk.request({ do: call.speaks ? "stop_speaking" : "speak" })}>
            {call.speaks ? t("listening.mute") : t("listening.speak")}
          </Button>
        )}
        <Button onClick={() => void desk.request({ do: "leave" })}>{t("listening.leave")}</Button>
      </div>
    </section>
  );
}

/** Emergency calls that go on and whose alert is gone. They make no sound and take no focus. */
export function Ongoing({ calls, listenIn }: { calls: readonly Alert[]; listenIn(call: Alert): void }) {
  if (calls.length === 0) return null;
  return (
    <section class="alerts" aria-label={t("ongoing.region")}>
      {calls.map((call) => (
        <div key={call.call} class="alert listening">
          <p id={`ongoing-${call.call}`}>{ongoing(call)}</p>
          <div class="row">
            <Button aria-describedby={`ongoing-${call.call}`} onClick={() => listenIn(call)}>
              {t("alerts.listen_in")}
            </Button>
          </div>
        </div>
      ))}
    </section>
  );
}

function ongoing({ rep, site, number }: Alert): string {
  return site === "" ? t("ongoing.call", { name: rep, number }) : t("ongoing.call_at_site", { name: rep, site, number });
}

function headingOf({ rep, site }: Call): string {
  return site === "" ? t("listening.heading", { name: rep }) : t("listening.heading_at_site", { name: rep, site });
}

function heardBy({ sound, may_speak, speaks }: Call): string {
  if (sound !== "here") return t("listening.elsewhere");
  if (!may_speak) return t("listening.only");
  return speaks ? t("listening.speaks") : t("listening.muted");
}
