// What is wrong with the node, for those who can mend it or call somebody who can. It says so and alarms nobody.

import type { Fault } from "../api.gen.ts";
import { t } from "../i18n/index.ts";

export function Faults({ faults }: { faults: readonly Fault[] }) {
  return (
    <div class="faults" role="status" aria-label={t("faults.heading")}>
      <p class="strong">{t("faults.heading")}</p>
      <ul>
        {faults.map(({ code, detail }) => (
          <li key={`${code} ${detail}`}>{detail}</li>
        ))}
      </ul>
    </div>
  );
}
