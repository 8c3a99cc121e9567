// An ordinary call: what an emergency call never shows.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Call, CallState } from "../lib/api.gen.ts";
import { Button } from "../lib/components/button.tsx";
import { Duration } from "../lib/components/duration.tsx";
import { keepFocus, numberBox } from "../lib/focus.ts";
import { t } from "../lib/i18n/index.ts";
import { grouped } from "../lib/number.ts";
import type { Desk } from "./desk.ts";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;

export function OrdinaryCall({ desk, call }: { desk: Desk; call: Call }) {
  const incoming = call.state === "incoming";
  const number = grouped(call.number);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => keepFocus(() => heading.current), [incoming, call.state === "held"]);
  useEffect(() => () => keepFocus(numberBox), []);
  return (
    <section class="card call" aria-labelledby="call-heading">
      <h2 id="call-heading" ref={heading} tabIndex={-1}>
        {incoming ? t("call.incoming_heading", { number }) : t("call.heading", { number })}
      </h2>
      {incoming ? <Incoming desk={desk} call={call} /> : <Controls desk={desk} call={call} />}
    </section>
  );
}

function Incoming({ desk, call }: { desk: Desk; call: Call }) {
  useEffect(() => {
    desk.sound.page.repeat("ring");
    return () => desk.sound.page.hush("ring");
  }, [desk]);
  return (
    <>
      <div class="row">
        <Button look="primary" large onClick={() => desk.answer()}>
          {t("call.answer")}
        </Button>
        <Button large onClick={() => void desk.request({ do: "end", call: call.id })}>
          {t("call.decline")}
        </Button>
      </div>
      {desk.sound.page.heldBack.value && <p>{t("call_back.click_for_sound")}</p>}
    </>
  );
}

function Controls({ desk, call }: { desk: Desk; call: Call }) {
  const [keypad, setKeypad] = useState(false);
  if (call.state === "failed") return <Failed desk={desk} />;
  const held = call.state === "held";
  const talking = held || call.state === "connected";
  return (
    <>
      <p class="call-state">
        <span aria-live="polite">{stateText(call.state)}</span>
        {call.connected_at && <Duration since={call.connected_at} label={t("call.duration")} />}
      </p>
      {call.sound === "elsewhere" && <p class="soft">{t("call.other_tab")}</p>}
      {desk.sound.silenced.value && <p>{t("sound.click")}</p>}
      <div class="row">
        {held && (
          <Button look="primary" large onClick={() => void desk.request({ do: "resume", call: call.id })}>
            {t("call.take_back")}
          </Button>
        )}
        {talking && (
          <>
            <Button aria-pressed={call.muted === true} onClick={() => void desk.request({ do: call.muted ? "unmute" : "mute", call: call.id })}>
              {t("call.mute")}
            </Button>
            <Button aria-pressed={held} onClick={() => void desk.request({ do: held ? "resume" : "hold", call: call.id })}>
              {t("call.hold")}
            </Button>
            <Button aria-expanded={keypad} onClick={() => setKeypad(!keypad)}>
              {t("call.keypad")}
            </Button>
          </>
        )}
        <Button look="danger" large onClick={() => void desk.request({ do: "end", call: call.id })}>
          {t("call.end")}
        </Button>
      </div>
      {keypad && talking && <Keypad press={(digits) => void desk.request({ do: "keypad", call: call.id, digits })} />}
    </>
  );
}

function Failed({ desk }: { desk: Desk }) {
  return (
    <div class="row">
      <p role="status">{t("call.failed")}</p>
      <Button onClick={() => desk.dismiss()}>{t("call.dismiss")}</Button>
    </div>
  );
}

/** Twelve keys; typing them while the focus is inside works as well. */
function Keypad({ press }: { press(digits: string): void }) {
  const typed = (event: KeyboardEvent) => {
    if (KEYS.some((key) => key === event.key)) press(event.key);
  };
  return (
    <div class="keypad" role="group" aria-label={t("call.keypad")} onKeyDown={typed}>
      {KEYS.map((key) => (
        <Button key={key} large onClick={() => press(key)}>
          {key}
        </Button>
      ))}
    </div>
  );
}

function stateText(state: CallState): string {
  switch (state) {
    case "placing":
      return t("call.placing");
    case "ringing":
      return t("call.ringing");
    case "held":
      return t("call.held");
    case "failed":
      return t("call.failed");
    case "connected":
    case "incoming":
      return t("call.connected");
  }
}
