// How ready everybody is for an emergency call, what is missing for whom, and where it is cured.

import { batch, signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { CauseCount, ReadinessMatrix, SiteReadiness } from "../lib/api.gen.ts";
import { Button } from "../lib/components/button.tsx";
import { Choice } from "../lib/components/choice.tsx";
import { t } from "../lib/i18n/index.ts";
import { causeWords, colourWords } from "../lib/readiness.ts";
import type { Admin } from "./admin.ts";
import { Heading, TableBox, Unsure } from "./page.tsx";
import { ReadinessRows } from "./readiness_rows.tsx";
import "../lib/theme/readiness.css";

const PAGE = 50;
const SEARCH_AFTER_MS = 200;
const EVERY_MS = 15_000;
const NAME = "readiness";

/** What is remembered while another page is shown. */
class Shown {
  readonly search = signal("");
  readonly site = signal("");
  readonly colour = signal("");
  readonly cause = signal("");
  readonly offset = signal(0);
  readonly matrix = signal<ReadinessMatrix | null>(null);
  readonly away = signal(false);
  private asked = 0;

  query(): URLSearchParams {
    const query = new URLSearchParams({ q: this.search.value, site: this.site.value, cause: this.cause.value });
    if (this.colour.value !== "") query.set("colour", this.colour.value);
    return query;
  }

  /** Reads what is wanted; what was asked for later wins. */
  async read(admin: Admin): Promise<void> {
    const asked = ++this.asked;
    const query = this.query();
    query.set("offset", String(this.offset.value));
    query.set("limit", String(PAGE));
    const answer = await admin.ask<ReadinessMatrix>("GET", `readiness?${query.toString()}`);
    if (asked !== this.asked) return;
    batch(() => {
      this.away.value = answer.is !== "done";
      if (answer.is === "done") this.matrix.value = answer.value;
    });
  }

  /** Another filter begins at the first page. */
  set(filter: Signal<string>, value: string): void {
    batch(() => {
      filter.value = value;
      this.offset.value = 0;
    });
  }
}

export function ReadinessPage({ admin }: { admin: Admin }) {
  const shown = rememberedOf(admin);
  const { search, site, colour, cause, offset, matrix } = shown;
  useEffect(() => {
    const timer = setTimeout(() => void shown.read(admin), matrix.peek() === null ? 0 : SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, [search.value, site.value, colour.value, cause.value, offset.value]);
  useEffect(() => {
    const timer = setInterval(() => void shown.read(admin), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      <Heading>{t("admin.readiness.heading")}</Heading>
      <p>{t("admin.readiness.about")}</p>
      {shown.away.value && <Unsure words={t("admin.away")} again={() => void shown.read(admin)} />}
      {matrix.value !== null && <Counts shown={shown} matrix={matrix.value} />}
      {matrix.value !== null && <Filters admin={admin} shown={shown} matrix={matrix.value} />}
      {matrix.value !== null && <ReadinessRows admin={admin} rows={matrix.value.rows} sites={matrix.value.sites} />}
      {matrix.value !== null && <Paging shown={shown} matrix={matrix.value} />}
    </>
  );
}

function rememberedOf(admin: Admin): Shown {
  const known = admin.lists.get(NAME);
  if (known instanceof Shown) return known;
  const fresh = new Shown();
  admin.lists.set(NAME, fresh);
  return fresh;
}

function Counts({ shown, matrix }: { shown: Shown; matrix: ReadinessMatrix }) {
  const missing = matrix.causes.filter(({ reps }) => reps > 0);
  return (
    <div class="counts">
      <Sites sites={matrix.sites} />
      {missing.length === 0 ? <p class="strong">{t("admin.readiness.nothing")}</p> : <Causes shown={shown} causes={missing} />}
    </div>
  );
}

function Sites({ sites }: { sites: readonly SiteReadiness[] }) {
  return (
    <TableBox label={t("admin.readiness.sites")}>
      <table>
        <caption>{t("admin.readiness.sites")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("admin.readiness.site")}</th>
            <th scope="col">{t("colour.red")}</th>
            <th scope="col">{t("colour.amber")}</th>
            <th scope="col">{t("colour.green")}</th>
          </tr>
        </thead>
        <tbody>
          {sites.map(({ site, name, red, amber, green }) => (
            <tr key={site}>
              <th scope="row">{name || t("admin.readiness.no_site")}</th>
              <td>{red}</td>
              <td>{amber}</td>
              <td>{green}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function Causes({ shown, causes }: { shown: Shown; causes: readonly CauseCount[] }) {
  return (
    <TableBox label={t("admin.readiness.causes")}>
      <table>
        <caption>{t("admin.readiness.causes")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("admin.readiness.colour")}</th>
            <th scope="col">{t("admin.readiness.cause")}</th>
            <th scope="col">{t("admin.readiness.reps")}</th>
            <th scope="col">{t("admin.readiness.show")}</th>
          </tr>
        </thead>
        <tbody>
          {causes.map(({ cause, colour, reps }) => (
            <tr key={cause}>
              <td>
                <span class={`colour colour-${colour}`}>{colourWords(colour)}</span>
              </td>
              <td>{causeWords(cause)}</td>
              <td>{reps}</td>
              <td>
                <Button aria-label={t("admin.readiness.show_of", { cause: causeWords(cause) })} onClick={() => shown.set(shown.cause, cause)}>
                  {t("admin.readiness.show")}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function Filters({ admin, shown, matrix }: { admin: Admin; shown: Shown; matrix: ReadinessMatrix }) {
  const { search, site, colour, cause } = shown;
  const csv = shown.query();
  csv.set("format", "csv");
  const causes = matrix.causes.filter((one) => one.reps > 0 || one.cause === cause.value);
  return (
    <div class="row list-head" role="search">
      <div class="field">
        <label for="search">{t("admin.readiness.search")}</label>
        <input id="search" type="search" autocomplete="off" spellcheck={false} value={search.value} onInput={(event) => shown.set(search, event.currentTarget.value)} />
      </div>
      <Choice
        id="readiness-site"
        label={t("admin.readiness.site")}
        value={site.value}
        options={[{ id: "", label: t("admin.readiness.all_sites") }, ...matrix.sites.filter((one) => one.site !== "").map((one) => ({ id: one.site, label: one.name }))]}
        onChoose={(id) => shown.set(site, id)}
      />
      <Choice
        id="readiness-colour"
        label={t("admin.readiness.colour")}
        value={colour.value}
        options={[
          { id: "", label: t("admin.readiness.all_colours") },
          { id: "red", label: t("colour.red") },
          { id: "amber", label: t("colour.amber") },
          { id: "green", label: t("colour.green") },
        ]}
        onChoose={(id) => shown.set(colour, id)}
      />
      <Choice
        id="readiness-cause"
        label={t("admin.readiness.cause")}
        value={cause.value}
        options={[
          { id: "", label: t("admin.readiness.all_causes") },
          ...causes.map((one) => ({ id: one.cause, label: t("admin.readiness.cause_count", { cause: causeWords(one.cause), count: String(one.reps) }) })),
        ]}
        onChoose={(id) => shown.set(cause, id)}
      />
      <Button onClick={() => void shown.read(admin)}>{t("admin.readiness.again")}</Button>
      <a class="button" href={`/api/v1/readiness?${csv.toString()}`} download="readiness.csv">
        {t("admin.readiness.csv")}
      </a>
    </div>
  );
}

function Paging({ shown, matrix }: { shown: Shown; matrix: ReadinessMatrix }) {
  const { offset } = shown;
  const last = offset.value + matrix.rows.length;
  return (
    <div class="row">
      <p role="status" class="soft">
        {t("admin.list.shown", { first: String(Math.min(offset.value + 1, last)), last: String(last), total: String(matrix.total) })}
      </p>
      {matrix.total > PAGE && (
        <>
          <Button aria-disabled={offset.value === 0} onClick={() => (offset.value = Math.max(0, offset.value - PAGE))}>
            {t("admin.list.before")}
          </Button>
          <Button aria-disabled={last >= matrix.total} onClick={() => last < matrix.total && (offset.value += PAGE)}>
            {t("admin.list.next")}
          </Button>
        </>
      )}
    </div>
  );
}
