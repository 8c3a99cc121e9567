// A list of the center: searched, paged, and changed for several items at once.

import { batch, signal, useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { CenterChange } from "../lib/api.gen.ts";
import { Button } from "../lib/components/button.tsx";
import { t } from "../lib/i18n/index.ts";
import type { Admin } from "./admin.ts";
import { FormField, nameIn } from "./fields.tsx";
import type { Choices } from "./fields.tsx";
import type { Field, Listed } from "./form.ts";
import { valueAt } from "./item.ts";
import type { Item } from "./item.ts";
import { Heading, Link, TableBox, Unsure } from "./page.tsx";

const PAGE = 50;
const SEARCH_AFTER_MS = 200;

/** What is remembered of a list while another page is shown. */
class Shown {
  readonly search = signal("");
  readonly offset = signal(0);
  readonly items = signal<readonly Item[] | null>(null);
  readonly total = signal(0);
  readonly away = signal(false);
  readonly selected = signal<ReadonlySet<string>>(new Set());
  private asked = 0;

  /** Reads the page that is wanted; what was asked for later wins. */
  async read(admin: Admin, part: string): Promise<void> {
    const asked = ++this.asked;
    const query = new URLSearchParams({ q: this.search.value, offset: String(this.offset.value), limit: String(PAGE) });
    const answer = await admin.ask<{ items: Item[]; total: number }>("GET", `${part}?${query.toString()}`);
    if (asked !== this.asked) return;
    batch(() => {
      this.away.value = answer.is !== "done";
      if (answer.is !== "done") return;
      this.items.value = answer.value.items;
      this.total.value = answer.value.total;
    });
  }

  select(ids: readonly string[], on: boolean): void {
    const others = [...this.selected.value].filter((id) => !ids.includes(id));
    this.selected.value = new Set(on ? [...others, ...ids] : others);
  }
}

export interface ListPageProps {
  admin: Admin;
  listed: Listed;
  choices: Choices;
  /** What stands above and below the table. */
  above?: ComponentChildren;
  below?: ComponentChildren;
  /** A column that no item has in it. */
  extra?: { heading: string; shows(item: Item): ComponentChildren };
}

export function ListPage({ admin, listed, choices, above, below, extra }: ListPageProps) {
  const shown = rememberedOf(admin, listed.part);
  const { search, offset } = shown;
  useEffect(() => {
    const timer = setTimeout(() => void shown.read(admin, listed.part), shown.items.peek() === null ? 0 : SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, [listed.part, search.value, offset.value]);
  useEffect(() => void shown.read(admin, listed.part), [listed.part]);
  return (
    <>
      <Heading>{listed.heading}</Heading>
      {listed.about !== undefined && <p>{listed.about}</p>}
      {above}
      <div class="row list-head">
        <div class="field">
          <label for="search">{listed.search}</label>
          <input
            id="search"
            type="search"
            autocomplete="off"
            spellcheck={false}
            value={search.value}
            onInput={(event) => {
              batch(() => {
                search.value = event.currentTarget.value;
                offset.value = 0;
              });
            }}
          />
        </div>
        <Button look="primary" onClick={() => admin.go({ page: listed.page, adding: true })}>
          {listed.add}
        </Button>
      </div>
      {shown.away.value && <Unsure words={t("admin.away")} again={() => void shown.read(admin, listed.part)} />}
      {shown.items.value !== null && <Table admin={admin} listed={listed} choices={choices} shown={shown} items={shown.items.value} {...(extra ? { extra } : {})} />}
      {shown.items.value !== null && <Paging shown={shown} />}
      {listed.bulk !== undefined && shown.selected.value.size > 0 && <Bulk admin={admin} listed={listed} fields={listed.bulk} choices={choices} shown={shown} />}
      {below}
    </>
  );
}

function rememberedOf(admin: Admin, part: string): Shown {
  const known = admin.lists.get(part);
  if (known instanceof Shown) return known;
  const fresh = new Shown();
  admin.lists.set(part, fresh);
  return fresh;
}

interface TableProps extends Pick<ListPageProps, "admin" | "listed" | "choices" | "extra"> {
  shown: Shown;
  items: readonly Item[];
}

function Table({ admin, listed, choices, shown, items, extra }: TableProps) {
  const selecting = listed.bulk !== undefined;
  const ids = items.map((item) => String(valueAt(item, listed.key)));
  const names = (part: string, id: unknown) => nameIn(choices, part, id);
  if (items.length === 0) return <p>{t("admin.list.none")}</p>;
  return (
    <TableBox label={listed.heading}>
      <table>
        <thead>
          <tr>
            {selecting && (
              <th scope="col" class="tick">
                <Tick label={t("admin.list.select_all")} on={ids.every((id) => shown.selected.value.has(id))} turn={(on) => shown.select(ids, on)} />
              </th>
            )}
            {listed.columns.map(({ heading }) => (
              <th key={heading} scope="col">
                {heading}
              </th>
            ))}
            {extra && <th scope="col">{extra.heading}</th>}
          </tr>
        </thead>
        <tbody>
          {items.map((item, at) => {
            const id = ids[at] ?? "";
            return (
              <tr key={id}>
                {selecting && (
                  <td class="tick">
                    <Tick label={t("admin.list.select", { name: listed.nameOf(item) })} on={shown.selected.value.has(id)} turn={(on) => shown.select([id], on)} />
                  </td>
                )}
                {listed.columns.map(({ heading, shows }, column) => (
                  <td key={heading}>
                    {column === 0 ? (
                      <Link admin={admin} to={{ page: listed.page, item: id }}>
                        {shows(item, names)}
                      </Link>
                    ) : (
                      shows(item, names)
                    )}
                    {column === 0 && admin.draft(`${listed.part}/${id}`)?.dirty.value && <span class="mark">{t("admin.list.unsaved")}</span>}
                  </td>
                ))}
                {extra && <td>{extra.shows(item)}</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
    </TableBox>
  );
}

function Tick({ label, on, turn }: { label: string; on: boolean; turn(on: boolean): void }) {
  return <input type="checkbox" aria-label={label} checked={on} onChange={(event) => turn(event.currentTarget.checked)} />;
}

function Paging({ shown }: { shown: Shown }) {
  const { offset, total, items } = shown;
  const last = offset.value + (items.value?.length ?? 0);
  const words = { first: String(Math.min(offset.value + 1, last)), last: String(last), total: String(total.value) };
  return (
    <div class="row">
      <p role="status" class="soft">
        {t("admin.list.shown", words)}
      </p>
      {total.value > PAGE && (
        <>
          <Button aria-disabled={offset.value === 0} onClick={() => (offset.value = Math.max(0, offset.value - PAGE))}>
            {t("admin.list.before")}
          </Button>
          <Button aria-disabled={last >= total.value} onClick={() => last < total.value && (offset.value += PAGE)}>
            {t("admin.list.next")}
          </Button>
        </>
      )}
    </div>
  );
}

interface BulkProps extends Pick<ListPageProps, "admin" | "listed" | "choices"> {
  fields: readonly Field[];
  shown: Shown;
}

/** One field of all that are selected is set to one value. What is refused stays typed, and nobody is changed then. */
function Bulk({ admin, listed, fields, choices, shown }: BulkProps) {
  const first = fields[0]?.path ?? "";
  const path = useSignal(first);
  const value = useSignal<unknown>(undefined);
  const outcome = useSignal<{ said: string; wrong: readonly string[] } | null>(null);
  const field = fields.find((one) => one.path === path.value);
  if (field === undefined) return null;
  const count = String(shown.selected.value.size);
  const set = async () => {
    const empty = field.kind.is === "some" || field.kind.is === "several" ? [] : "";
    const answer = await admin.ask<CenterChange>("PATCH", listed.part, { ids: [...shown.selected.value], set: { [field.path]: value.value ?? empty } });
    outcome.value = outcomeOf(answer);
    if (answer.is !== "done") return;
    await shown.read(admin, listed.part);
  };
  return (
    <section class="card bulk" aria-labelledby="bulk-heading">
      <h2 id="bulk-heading">{t("admin.bulk.heading", { count })}</h2>
      <div class="fields">
        <What fields={fields} path={path} onChoose={() => ((value.value = undefined), (outcome.value = null))} />
        <FormField key={field.path} within="bulk" field={field} value={value.value} wrong={outcome.value?.wrong ?? []} choices={choices} onChange={(next) => (value.value = next)} />
      </div>
      <p role="status" class="strong">
        {outcome.value?.said ?? ""}
      </p>
      <div class="row">
        <Button look="primary" onClick={() => void set()}>
          {t("admin.bulk.set", { count })}
        </Button>
        <Button onClick={() => (shown.selected.value = new Set())}>{t("admin.bulk.nobody")}</Button>
      </div>
    </section>
  );
}

function What({ fields, path, onChoose }: { fields: readonly Field[]; path: Signal<string>; onChoose(): void }) {
  return (
    <div class="field">
      <label for="bulk-what">{t("admin.bulk.what")}</label>
      <select
        id="bulk-what"
        value={path.value}
        onChange={(event) => {
          path.value = event.currentTarget.value;
          onChoose();
        }}
      >
        {fields.map((field) => (
          <option key={field.path} value={field.path}>
            {field.label}
          </option>
        ))}
      </select>
    </div>
  );
}

function outcomeOf(answer: Awaited<ReturnType<Admin["ask"]>>): { said: string; wrong: readonly string[] } {
  switch (answer.is) {
    case "done":
      return { said: t("admin.bulk.done"), wrong: [] };
    case "refused": {
      const reasons = (answer.problem.invalid ?? []).map(({ reason }) => reason);
      return { said: t("admin.bulk.refused"), wrong: [...new Set(reasons.length > 0 ? reasons : [answer.problem.detail ?? ""])] };
    }
    case "not_allowed":
      return { said: t("admin.not_allowed"), wrong: [] };
    default:
      return { said: t("admin.form.away"), wrong: [] };
  }
}
