import { t } from "../lib/i18n/index.ts";

/** Before the node has said anything. */
export function Opening({ unreachable }: { unreachable: boolean }) {
  return (
    <main class="sheet">
      <h1 class="app-name">{t("app.name")}</h1>
      <div role="status">
        <p>{unreachable ? t("app.unreachable") : t("app.starting")}</p>
        {unreachable && <p class="strong">{t("app.unreachable_emergency")}</p>}
      </div>
    </main>
  );
}
