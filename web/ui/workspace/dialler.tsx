// The number box. Enter dials, in the key press itself; nothing asks whether it is meant.

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Workspace } from "../lib/api.gen.ts";
import { Button } from "../lib/components/button.tsx";
import { Lines } from "../lib/components/lines.tsx";
import { t } from "../lib/i18n/index.ts";
import { emergencyNumber } from "../lib/number.ts";
import type { Desk, Notice } from "./desk.ts";

export function Dialler({ desk, server }: { desk: Desk; server: Workspace }) {
  const box = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => box.current?.focus(), []);
  const number = emergencyNumber(desk.digits.value, server.emergency_numbers);
  const dialOnEnter = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.isComposing || event.repeat) return;
    event.preventDefault();
    desk.entered();
  };
  return (
    <section class="card dialler" aria-labelledby="dialler-heading">
      <h1 id="dialler-heading">{t("dialler.heading")}</h1>
      <label for="number">{t("dialler.number")}</label>
      <input
        id="number"
        ref={box}
        class="number-box"
        type="text"
        inputMode="tel"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        value={desk.digits.value}
        aria-describedby={server.confirm?.ask === true ? "place-question number-notice" : "number-notice"}
        onInput={(event) => desk.typed(event.currentTarget.value)}
        onKeyDown={dialOnEnter}
      />
      <p id="number-notice" class="complaint" aria-live="polite">
        {noticeText(desk.notice.value)}
      </p>
      <Button
        look={number === null ? "primary" : "danger"}
        large
        aria-describedby={number === null ? undefined : "emergency-place"}
        onClick={() => desk.dialTyped()}
      >
        {number === null ? t("dialler.call") : t("dialler.call_emergency", { number })}
      </Button>
      {number !== null && <PlaceToSend place={server.place} />}
    </section>
  );
}

function PlaceToSend({ place }: { place: readonly string[] }) {
  return (
    <div id="emergency-place" class="place-to-send">
      {place.length === 0 ? (
        <p>{t("dialler.place_unknown")}</p>
      ) : (
        <>
          <p class="soft">{t("dialler.place")}</p>
          <Lines lines={place} />
        </>
      )}
    </div>
  );
}

function noticeText(notice: Notice | null): string {
  switch (notice) {
    case null:
      return "";
    case "not_a_number":
      return t("refused.not_a_number");
    case "emergency_locked":
      return t("refused.emergency_locked");
    case "no_such_call":
      return t("refused.no_such_call");
    case "other":
      return t("refused.other");
    case "feed_down":
      return t("refused.feed_down");
  }
}
