// What could come between a dialled number and an emergency service, each with where it is cured.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Finding, Findings } from "../lib/api.gen.ts";
import { t } from "../lib/i18n/index.ts";
import type { Admin } from "./admin.ts";
import { placeOf } from "./cure.ts";
import { Heading, Link, TableBox, Unsure } from "./page.tsx";
import "../lib/theme/readiness.css";

export function LintPage({ admin }: { admin: Admin }) {
  const found = useSignal<readonly Finding[] | null>(null);
  const away = useSignal(false);
  const read = async () => {
    const answer = await admin.ask<Findings>("GET", "lint");
    away.value = answer.is !== "done";
    if (answer.is === "done") found.value = answer.value.findings;
  };
  useEffect(() => void read(), []);
  return (
    <>
      <Heading>{t("admin.lint.heading")}</Heading>
      <p>{t("admin.lint.about")}</p>
      {away.value && <Unsure words={t("admin.away")} again={() => void read()} />}
      <p role="status" class="strong">
        {found.value === null ? "" : summary(found.value)}
      </p>
      {found.value !== null && found.value.length > 0 && <Table admin={admin} found={found.value} />}
    </>
  );
}

function Table({ admin, found }: { admin: Admin; found: readonly Finding[] }) {
  return (
    <TableBox label={t("admin.lint.heading")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("admin.lint.level")}</th>
            <th scope="col">{t("admin.lint.reason")}</th>
            <th scope="col">{t("admin.lint.where")}</th>
          </tr>
        </thead>
        <tbody>
          {found.map((finding, at) => (
            <tr key={at}>
              <td>
                <span class={levelClass(finding.level)}>{levelWords(finding.level)}</span>
              </td>
              <td>
                {finding.reason}
                <span class="reason">{finding.path}</span>
              </td>
              <td>
                <Where admin={admin} finding={finding} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function Where({ admin, finding }: { admin: Admin; finding: Finding }) {
  const to = placeOf(finding);
  if (to === null) return <>{t("admin.lint.file", { path: finding.path })}</>;
  const { id = "" } = finding;
  return (
    <Link admin={admin} to={to}>
      {id === "" ? t("admin.lint.list", { list: listName(finding.part) }) : t("admin.lint.item", { id })}
    </Link>
  );
}

function listName(part: string): string {
  switch (part) {
    case "sites":
      return t("admin.sites.heading");
    case "trunks":
      return t("admin.trunks.heading");
    case "numbers":
      return t("admin.numbers.heading");
    case "organisation":
      return t("admin.organisation.heading");
    default:
      return t("admin.routes.heading");
  }
}

function levelWords(level: string): string {
  switch (level) {
    case "clash":
      return t("admin.lint.clash");
    case "warning":
      return t("admin.lint.warning");
    default:
      return t("admin.lint.note");
  }
}

function levelClass(level: string): string {
  return level === "clash" ? "colour colour-red" : level === "warning" ? "colour colour-amber" : "";
}

function summary(found: readonly Finding[]): string {
  if (found.length === 0) return t("admin.lint.none");
  const of = (level: string) => String(found.filter((one) => one.level === level).length);
  return t("admin.lint.found", { clashes: of("clash"), warnings: of("warning"), notes: of("note") });
}
