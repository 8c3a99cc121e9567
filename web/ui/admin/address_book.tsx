// The address book as a file: out to a spreadsheet, and in again when the person has seen what that changes.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { CenterChange, Invalid, Problem } from "../lib/api.gen.ts";
import { Button } from "../lib/components/button.tsx";
import { t } from "../lib/i18n/index.ts";
import { Heading, TableBox } from "./page.tsx";
import type { PageProps } from "./pages.tsx";

const PATH = "address_book";

/** Where the import of a file stands. */
type Step =
  | { is: "none" }
  | { is: "checking"; name: string }
  | { is: "checked"; name: string; text: Blob; change: CenterChange; stale: boolean }
  | { is: "wrong"; name: string; mistakes: readonly Invalid[] }
  | { is: "unreadable"; name: string }
  | { is: "away" }
  | { is: "imported" };

export function AddressBookPage({ admin }: PageProps) {
  const step = useSignal<Step>({ is: "none" });
  const input = useRef<HTMLInputElement>(null);
  const check = async (name: string, text: Blob, stale: boolean) => {
    step.value = { is: "checking", name };
    const answer = await admin.ask<CenterChange>("PUT", `${PATH}?dry_run=true`, text);
    if (answer.is === "done") step.value = { is: "checked", name, text, change: answer.value, stale };
    else if (answer.is === "refused") step.value = { is: "wrong", name, mistakes: mistakesOf(answer.problem) };
    else step.value = { is: "away" };
  };
  const choose = async () => {
    const file = input.current?.files?.[0];
    if (!file) return;
    try {
      // Read now: a file that is saved anew while the page is open could not be read later.
      await check(file.name, new Blob([await file.arrayBuffer()], { type: "text/csv" }), false);
    } catch {
      step.value = { is: "unreadable", name: file.name };
    }
  };
  const take = async ({ name, text, change }: Step & { is: "checked" }) => {
    const answer = await admin.ask<CenterChange>("PUT", PATH, text, change.version);
    if (answer.is === "stale") await check(name, text, true);
    else if (answer.is === "refused") step.value = { is: "wrong", name, mistakes: mistakesOf(answer.problem) };
    else step.value = answer.is === "done" ? { is: "imported" } : { is: "away" };
    if (answer.is === "done" && input.current) input.current.value = "";
  };
  return (
    <>
      <Heading>{t("admin.address_book.heading")}</Heading>
      <p>{t("admin.address_book.about")}</p>
      <p>
        <a class="button" href={`/api/v1/${PATH}`} download="address-book.csv">
          {t("admin.address_book.export")}
        </a>
      </p>
      <div class="field">
        <label for="address-file">{t("admin.address_book.file")}</label>
        <p id="address-file-hint" class="soft">
          {t("admin.address_book.file_hint")}
        </p>
        <input
          id="address-file"
          ref={input}
          type="file"
          accept=".csv,text/csv"
          aria-describedby="address-file-hint"
          onClick={(event) => (event.currentTarget.value = "")}
          onChange={() => void choose()}
        />
      </div>
      <div role="status">
        <Said step={step.value} />
      </div>
      {step.value.is === "wrong" && <Mistakes mistakes={step.value.mistakes} />}
      {step.value.is === "checked" && <Changes step={step.value} take={take} />}
    </>
  );
}

function Said({ step }: { step: Step }) {
  switch (step.is) {
    case "none":
      return null;
    case "checking":
      return <p>{t("admin.address_book.checking", { name: step.name })}</p>;
    case "checked":
      if (step.change.changes.length === 0) return <p>{t("admin.address_book.no_change", { name: step.name })}</p>;
      return step.stale ? <p class="outcome outcome-bad">{t("admin.address_book.stale", { name: step.name })}</p> : null;
    case "wrong":
      return <p class="outcome outcome-bad strong">{t("admin.address_book.mistakes", { name: step.name })}</p>;
    case "unreadable":
      return <p class="outcome outcome-bad strong">{t("admin.address_book.unreadable", { name: step.name })}</p>;
    case "away":
      return <p class="outcome outcome-bad strong">{t("admin.away")}</p>;
    case "imported":
      return <p class="outcome strong">{t("admin.address_book.imported")}</p>;
  }
}

function Changes({ step, take }: { step: Step & { is: "checked" }; take(step: Step & { is: "checked" }): Promise<void> }) {
  if (step.change.changes.length === 0) return null;
  return (
    <section class="card changes" aria-labelledby="address-changes">
      <h2 id="address-changes">{t("admin.address_book.changes", { name: step.name })}</h2>
      <ul>
        {step.change.changes.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <Button look="primary" onClick={() => void take(step)}>
        {t("admin.address_book.import", { name: step.name })}
      </Button>
    </section>
  );
}

function Mistakes({ mistakes }: { mistakes: readonly Invalid[] }) {
  return (
    <TableBox label={t("admin.address_book.what")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("admin.address_book.where")}</th>
            <th scope="col">{t("admin.address_book.what")}</th>
          </tr>
        </thead>
        <tbody>
          {byRow(mistakes).map(({ field, reason }) => (
            <tr key={`${field} ${reason}`}>
              <td>{field}</td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

/** In the order of the file's rows. */
function byRow(mistakes: readonly Invalid[]): Invalid[] {
  return [...mistakes].sort((a, b) => a.field.localeCompare(b.field, "en", { numeric: true }));
}

function mistakesOf({ invalid, detail = "" }: Problem): readonly Invalid[] {
  return invalid ?? [{ field: "", reason: detail }];
}
