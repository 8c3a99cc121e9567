// The matrix of readiness: a line for each user, and beside each missing piece the way to its cure.

import type { ComponentChildren } from "preact";
import type { LastDrill, RepReadiness, SiteReadiness } from "../lib/api.gen.ts";
import { Lines } from "../lib/components/lines.tsx";
import { daysAgo, moment, t } from "../lib/i18n/index.ts";
import { grouped } from "../lib/number.ts";
import { causeWords, colourWords } from "../lib/readiness.ts";
import { turnsWords } from "../lib/turns.ts";
import type { Admin } from "./admin.ts";
import { cureOf } from "./cure.ts";
import type { Cure } from "./cure.ts";
import { Link, TableBox } from "./page.tsx";

export interface RowsProps {
  admin: Admin;
  rows: readonly RepReadiness[];
  sites: readonly SiteReadiness[];
}

export function ReadinessRows({ admin, rows, sites }: RowsProps) {
  if (rows.length === 0) return <p>{t("admin.list.none")}</p>;
  const named = (id: string) => sites.find(({ site }) => site === id)?.name || id;
  return (
    <TableBox label={t("admin.readiness.heading")}>
      <table class="matrix" role="table">
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader" class="matrix-name">
              {t("admin.readiness.name")}
            </th>
            {columns.map(({ heading, class: name }) => (
              <th key={heading()} scope="col" role="columnheader" class={name}>
                {heading()}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={row.rep} role="row">
              <th scope="row" role="rowheader">
                <Link admin={admin} to={{ page: "users", item: row.rep }}>
                  {row.name}
                </Link>
                <span class="reason">{named(row.site)}</span>
              </th>
              {columns.map(({ heading, cell: Cell }) => (
                <td key={heading()} role="cell" data-label={heading()}>
                  <Cell admin={admin} row={row} site={named(row.site)} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

interface CellProps {
  admin: Admin;
  row: RepReadiness;
  site: string;
}

/** What is said of each user. Where the window is narrow a line becomes a card, and the headings stand in it: roles keep it a table. */
const columns: readonly { heading: () => string; class?: string; cell: (props: CellProps) => ComponentChildren }[] = [
  { heading: () => t("admin.readiness.colour"), class: "matrix-narrow", cell: ({ row }) => <span class={`colour colour-${row.colour}`}>{colourWords(row.colour)}</span> },
  { heading: () => t("admin.readiness.missing"), class: "matrix-wide", cell: Missing },
  { heading: () => t("admin.readiness.call"), cell: Call },
  { heading: () => t("admin.readiness.place"), cell: Placed },
  { heading: () => t("admin.readiness.told"), cell: ({ row }) => (row.told.length > 0 ? <Lines lines={row.told} /> : t("admin.readiness.nobody")) },
  { heading: () => t("admin.readiness.drill"), class: "matrix-narrow", cell: ({ row }) => <Drilled drill={row.drill} /> },
];

function Placed({ row }: CellProps) {
  return (
    <>
      {row.place.length > 0 && <Lines lines={row.place} />}
      <span class="reason">{said(row)}</span>
    </>
  );
}

function Missing({ admin, row, site }: CellProps) {
  if (row.causes.length === 0) return null;
  return (
    <ul>
      {row.causes.map((cause) => (
        <li key={cause}>
          {causeWords(cause)} <ToCure admin={admin} cure={cureOf(cause, row)} name={row.name} site={site} />
        </li>
      ))}
    </ul>
  );
}

function ToCure({ admin, cure, name, site }: { admin: Admin; cure: Cure; name: string; site: string }) {
  if (cure.is === "write") {
    return <a href={`mailto:${encodeURIComponent(cure.address).replace("%40", "@")}?subject=${encodeURIComponent(t("admin.cure.subject"))}`}>{t("admin.cure.write", { name })}</a>;
  }
  return (
    <Link admin={admin} to={cure.to}>
      {cureWords(cure.is, name, site)}
    </Link>
  );
}

function cureWords(is: Exclude<Cure["is"], "write">, name: string, site: string): string {
  switch (is) {
    case "user":
      return t("admin.cure.user", { name });
    case "site":
      return t("admin.cure.site", { site });
    case "numbers":
      return t("admin.cure.numbers");
    case "add_number":
      return t("admin.cure.add_number");
    case "trunks":
      return t("admin.cure.trunks");
    case "drills":
      return t("admin.cure.drills");
    case "add_trunk":
      return t("admin.cure.add_trunk");
    case "organisation":
      return t("admin.cure.organisation");
  }
}

function Call({ row: { number, turns, caller_id } }: CellProps) {
  return (
    <>
      {turns.length > 0 ? t("admin.readiness.sent", { number, trunks: turnsWords(turns) }) : t("admin.readiness.nowhere", { number })}
      {caller_id !== "" && <span class="reason">{t("admin.readiness.from", { number: grouped(caller_id) })}</span>}
    </>
  );
}

/** How the last drill of the row's way went, how long ago, and by what. */
function Drilled({ drill }: { drill: LastDrill | undefined }) {
  if (drill === undefined) return <>{t("admin.drills.none_yet")}</>;
  const time = daysAgo(new Date(drill.at), new Date());
  return (
    <>
      <span class={drill.passed ? undefined : "complaint"}>{drill.passed ? t("admin.readiness.drill_passed", { time }) : t("admin.readiness.drill_failed", { time })}</span>
      <span class="reason">{t("admin.readiness.drill_by", { way: drill.trunk ?? t("drill.built_in") })}</span>
    </>
  );
}

function said({ confirmed_at: at, network }: RepReadiness): string {
  if (network?.used === true) return t("admin.readiness.by_network");
  if (at === undefined) return t("admin.readiness.never");
  return t("admin.readiness.confirmed", { time: moment(new Date(at), new Date()) });
}
