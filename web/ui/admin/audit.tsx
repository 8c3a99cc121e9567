// Who changed what of the center, and when, before and after.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Audit, AuditRow } from "../lib/api.gen.ts";
import { Button } from "../lib/components/button.tsx";
import { moment, t } from "../lib/i18n/index.ts";
import type { PageProps } from "./pages.tsx";
import { Heading, TableBox, Unsure } from "./page.tsx";

const PAGE = 100;

export function AuditPage({ admin }: PageProps) {
  const rows = useSignal<readonly AuditRow[] | null>(null);
  const more = useSignal(false);
  const away = useSignal(false);
  const search = useSignal("");
  const read = async () => {
    const last = rows.value?.at(-1)?.version ?? 0;
    const answer = await admin.ask<Audit>("GET", `audit?limit=${PAGE}&before=${last}`);
    away.value = answer.is !== "done";
    if (answer.is !== "done") return;
    rows.value = [...(rows.value ?? []), ...answer.value.rows];
    more.value = answer.value.rows.length >= PAGE;
  };
  useEffect(() => void read(), []);
  const wanted = (rows.value ?? []).filter((row) => has(row, search.value));
  return (
    <>
      <Heading>{t("admin.audit.heading")}</Heading>
      <p>{t("admin.audit.about")}</p>
      <div class="field list-head">
        <label for="search">{t("admin.audit.search")}</label>
        <input id="search" type="search" autocomplete="off" value={search.value} onInput={(event) => (search.value = event.currentTarget.value)} />
      </div>
      {away.value && <Unsure words={t("admin.away")} again={() => void read()} />}
      {rows.value !== null && wanted.length === 0 && <p>{t("admin.list.none")}</p>}
      {wanted.length > 0 && <Rows rows={wanted} />}
      {more.value && <Button onClick={() => void read()}>{t("admin.audit.older")}</Button>}
    </>
  );
}

function Rows({ rows }: { rows: readonly AuditRow[] }) {
  return (
    <TableBox label={t("admin.audit.heading")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("admin.audit.at")}</th>
            <th scope="col">{t("admin.audit.by")}</th>
            <th scope="col">{t("admin.audit.what")}</th>
            <th scope="col">{t("admin.audit.values")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              <td>{moment(new Date(row.at), new Date())}</td>
              <td>{row.by}</td>
              <td>{changed(row)}</td>
              <td>
                <dl class="values">
                  {row.values.map(({ field, before = "", after = "" }) => (
                    <div key={field}>
                      {field !== "" && <dt>{field}</dt>}
                      {before !== "" && (
                        <dd>
                          <del>{before}</del>
                        </dd>
                      )}
                      {after !== "" && (
                        <dd>
                          <ins>{after}</ins>
                        </dd>
                      )}
                    </div>
                  ))}
                </dl>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function changed({ kind, what, id = "" }: AuditRow): string {
  switch (kind) {
    case "added":
      return t("admin.audit.added", { what, id });
    case "removed":
      return t("admin.audit.removed", { what, id });
    default:
      return t("admin.audit.changed", { what, id });
  }
}

function has(row: AuditRow, search: string): boolean {
  return JSON.stringify(row).toLowerCase().includes(search.trim().toLowerCase());
}
