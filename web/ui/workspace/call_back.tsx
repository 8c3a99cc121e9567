// E8: the emergency service calls back. The whole page says so, and cannot be put away: Chromium would close a modal on the
// second Escape even when "cancel" is prevented, closedby="none" holds it.

import { useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../lib/components/button.tsx";
import { t } from "../lib/i18n/index.ts";
import type { Desk } from "./desk.ts";

export function CallBack({ desk }: { desk: Desk }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    hold(dialog.current);
    void desk.sound.ring();
    return () => desk.sound.hush();
  }, [desk]);
  return (
    <dialog
      ref={dialog}
      class="call-back"
      role="alertdialog"
      aria-labelledby="call-back"
      closedby="none"
      onCancel={(event) => event.preventDefault()}
      onClose={() => hold(dialog.current)}
    >
      <h1 id="call-back">{t("call_back.heading")}</h1>
      <Button look="primary" large onClick={() => desk.answer()}>
        {t("call_back.answer")}
      </Button>
      {desk.sound.ringHeldBack.value && <p class="click-for-sound">{t("call_back.click_for_sound")}</p>}
    </dialog>
  );
}

function hold(dialog: HTMLDialogElement | null): void {
  if (!dialog || !dialog.isConnected) return;
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("button")?.focus();
}
