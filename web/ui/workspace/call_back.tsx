// E8: the emergency service calls back. The whole page says so, and cannot be put away: Chromium would close a modal on the
// second Escape even when "cancel" is prevented, closedby="none" holds it.

import { useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../lib/components/button.tsx";
import { t } from "../lib/i18n/index.ts";
import type { Desk } from "./desk.ts";
import type { CallBackScreen } from "./screen.ts";

export function CallBack({ desk, screen }: { desk: Desk; screen: CallBackScreen }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    hold(dialog.current);
    desk.sound.page.repeat("ring");
    return () => desk.sound.page.hush("ring");
  }, [desk]);
  return (
    <dialog
      ref={dialog}
      class="call-back"
      role="alertdialog"
      aria-labelledby="call-back"
      aria-describedby={screen.wanted === null ? undefined : "call-back-wanted"}
      closedby="none"
      onCancel={(event) => event.preventDefault()}
      onClose={() => hold(dialog.current)}
    >
      <div class="call-back-words">
        <h1 id="call-back">{t("call_back.heading")}</h1>
        {screen.wanted !== null && <p id="call-back-wanted">{t("call_back.wanted", { name: screen.wanted })}</p>}
      </div>
      <Button look="primary" large onClick={() => desk.answer()}>
        {t("call_back.answer")}
      </Button>
      {desk.sound.page.heldBack.value && <p class="click-for-sound">{t("call_back.click_for_sound")}</p>}
    </dialog>
  );
}

function hold(dialog: HTMLDialogElement | null): void {
  if (!dialog || !dialog.isConnected) return;
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("button")?.focus();
}
