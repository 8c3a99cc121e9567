// The last ordinary calls. An emergency call never stands here.

import type { HistoryRow } from "../lib/api.gen.ts";
import { Button } from "../lib/components/button.tsx";
import { moment, t } from "../lib/i18n/index.ts";
import { grouped } from "../lib/number.ts";
import type { Desk } from "./desk.ts";

export function Recents({ desk }: { desk: Desk }) {
  const rows = desk.recents.value;
  return (
    <section class="card recents" aria-labelledby="recents-heading">
      <h2 id="recents-heading">{t("recents.heading")}</h2>
      {rows.length === 0 ? (
        <p class="soft">{t("recents.none")}</p>
      ) : (
        <ul>
          {rows.map((row) => (
            <Row key={row.id} desk={desk} row={row} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ desk, row }: { desk: Desk; row: HistoryRow }) {
  const number = grouped(row.number);
  return (
    <li>
      <span class="recents-number">{number}</span>
      <span class="soft">{described(row)}</span>
      <Button aria-label={t("recents.dial", { number })} onClick={() => desk.dial(row.number)}>
        {t("dialler.call")}
      </Button>
    </li>
  );
}

function described(row: HistoryRow): string {
  const time = moment(new Date(row.started_at), new Date());
  if (row.outcome === "answered") return row.incoming ? t("recents.incoming", { time }) : t("recents.outgoing", { time });
  return row.incoming ? t("recents.incoming_missed", { time }) : t("recents.outgoing_unanswered", { time });
}
