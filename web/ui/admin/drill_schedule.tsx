// Which drills begin by themselves, and how the last ones went.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { DrillSchedule as Schedule, DrillWay } from "../lib/api.gen.ts";
import { moment, t } from "../lib/i18n/index.ts";
import type { Admin } from "./admin.ts";
import { nameIn } from "./fields.tsx";
import type { Choices } from "./fields.tsx";
import { TableBox, Unsure } from "./page.tsx";

export function DrillSchedule({ admin, choices }: { admin: Admin; choices: Choices }) {
  const schedule = useSignal<Schedule | null>(null);
  const away = useSignal(false);
  const placed = admin.drills.state.value;
  const read = async () => {
    const answer = await admin.ask<Schedule>("GET", "drills/schedule");
    away.value = answer.is !== "done";
    if (answer.is === "done") schedule.value = answer.value;
  };
  useEffect(() => {
    if (placed.is !== "running") void read();
  }, [placed]);
  return (
    <section class="card drill" aria-labelledby="schedule-heading">
      <h2 id="schedule-heading">{t("admin.drills.schedule")}</h2>
      {away.value && <Unsure words={t("admin.away")} again={() => void read()} />}
      {schedule.value !== null && (
        <>
          <p>{about(schedule.value.every_days)}</p>
          <Ways ways={schedule.value.ways} choices={choices} />
        </>
      )}
    </section>
  );
}

function about(days: number): string {
  return days === 0 ? t("admin.drills.never") : t("admin.drills.every", { days: String(days) });
}

function Ways({ ways, choices }: { ways: readonly DrillWay[]; choices: Choices }) {
  return (
    <TableBox label={t("admin.drills.ways")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("admin.drills.site")}</th>
            <th scope="col">{t("admin.drills.through")}</th>
            <th scope="col">{t("admin.drills.next")}</th>
            <th scope="col">{t("admin.drills.last")}</th>
          </tr>
        </thead>
        <tbody>
          {ways.map((way) => (
            <tr key={`${way.site ?? ""}/${way.trunk ?? ""}`}>
              <td>{way.site === undefined ? t("admin.drills.no_site") : nameIn(choices, "sites", way.site)}</td>
              <td>{way.trunk ?? t("drill.built_in")}</td>
              <td>{way.next === undefined ? t("admin.drills.not_by_itself") : moment(new Date(way.next), new Date())}</td>
              <td>
                <Last way={way} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function Last({ way: { last } }: { way: DrillWay }) {
  if (last?.at === undefined) return <>{t("admin.drills.none_yet")}</>;
  const at = moment(new Date(last.at), new Date());
  return (
    <details>
      <summary class={last.passed ? undefined : "complaint"}>{last.passed ? t("admin.drills.passed_at", { at }) : t("admin.drills.failed_at", { at })}</summary>
      <ol>
        {last.hops.map((hop, index) => (
          <li key={index}>{hop.failed ? t("drill.hop_failed", { what: hop.what }) : hop.what}</li>
        ))}
      </ol>
    </details>
  );
}
