// What a watching page shows above everything else: that an emergency service calls this person back, and emergency calls of others.

import { useEffect } from "preact/hooks";
import { t } from "../i18n/index.ts";
import type { Watch } from "../watch.ts";
import { Alerts } from "./alerts.tsx";

export function Watched({ watch }: { watch: Watch }) {
  return (
    <>
      {watch.calledBack.value && <CalledBack watch={watch} />}
      <Alerts alerts={watch.alerts.value} acknowledged={watch.acknowledged} sounds={watch.sounds} feedDown={watch.feedDown.value} listenIn="workspace" />
    </>
  );
}

/** It rings here too; answering needs the workspace, which has the microphone. */
function CalledBack({ watch }: { watch: Watch }) {
  useEffect(() => {
    watch.sounds.repeat("ring");
    return () => watch.sounds.hush("ring");
  }, [watch]);
  return (
    <div class="alert alert-failed">
      <p class="alert-words strong" role="alert">
        {t("call_back.heading")}
      </p>
      <a class="button" href="/">
        {t("watch.answer")}
      </a>
      {watch.sounds.heldBack.value && <p>{t("call_back.click_for_sound")}</p>}
    </div>
  );
}
