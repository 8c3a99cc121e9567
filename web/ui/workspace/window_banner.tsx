// E7 and E10: the time in which the emergency service can call back.

import type { Window } from "../lib/api.gen.ts";
import { Button } from "../lib/components/button.tsx";
import { clock, t } from "../lib/i18n/index.ts";
import { grouped } from "../lib/number.ts";
import type { Desk } from "./desk.ts";

export function WindowBanner({ desk, open, mobile }: { desk: Desk; open: Window; mobile: string }) {
  const sentence = t("window.open", { number: grouped(open.number), time: clock(new Date(open.until)) });
  return (
    <div class={open.missed ? "banner banner-missed" : "banner"}>
      <div role="status" aria-label={sentence}>
        {open.missed && <p class="strong">{t("window.missed")}</p>}
        <p>{sentence}</p>
      </div>
      {open.missed && (
        <Button look="danger" large onClick={() => desk.dialAgain(mobile)}>
          {t("window.call", { mobile })}
        </Button>
      )}
    </div>
  );
}
