// One item: its form, saved and refused, kept whatever happens.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../lib/components/button.tsx";
import { t } from "../lib/i18n/index.ts";
import type { Admin } from "./admin.ts";
import { Draft, pathOf } from "./draft.ts";
import { FormField, idOf } from "./fields.tsx";
import type { Choices } from "./fields.tsx";
import { fieldsOf, pathsOf } from "./form.ts";
import type { Field, Listed, Tab } from "./form.ts";
import { fieldOf, valueAt } from "./item.ts";
import type { Item } from "./item.ts";
import { Heading, Link, Unsure } from "./page.tsx";

export interface ItemPageProps {
  admin: Admin;
  listed: Listed;
  /** null: a new one. */
  id: string | null;
  choices: Choices;
}

/** A draft of the item, read from the node unless one is kept. */
export function ItemPage(props: ItemPageProps) {
  const { admin, listed, id } = props;
  const name = `${listed.part}/${id ?? ""}`;
  const fault = useSignal<"missing" | "away" | null>(null);
  const draft = admin.draft(name);
  const read = async () => {
    fault.value = null;
    if (id === null) {
      admin.keep(name, new Draft(admin.ask, listed.part, listed.key, listed.blank, null));
      return;
    }
    const answer = await admin.ask<{ part: Item; version: number }>("GET", pathOf(listed, id));
    if (answer.is === "done") admin.keep(name, new Draft(admin.ask, listed.part, listed.key, answer.value.part, answer.value.version));
    else fault.value = answer.is === "missing" ? "missing" : "away";
  };
  useEffect(() => {
    if (draft === null) void read();
    // What is not changed is read anew the next time; what is changed stays as it was typed.
    return () => {
      if (admin.draft(name)?.dirty.peek() === false) admin.forget(name);
    };
  }, [name]);
  return (
    <>
      {listed.key !== "" && (
        <p>
          <Link admin={admin} to={{ page: listed.page }}>
            {listed.all}
          </Link>
        </p>
      )}
      <Heading>{listed.key === "" ? listed.heading : id === null ? listed.addHeading : draft === null ? id : listed.nameOf(draft.values.value)}</Heading>
      {fault.value !== null && <Unsure words={fault.value === "missing" ? t("admin.item.missing") : t("admin.away")} again={() => void read()} />}
      {draft !== null && <ItemForm key={name} {...props} name={name} draft={draft} />}
    </>
  );
}

interface FormProps extends ItemPageProps {
  name: string;
  draft: Draft;
}

function ItemForm({ admin, listed, id, choices, name, draft }: FormProps) {
  const fields = fieldsOf(listed);
  const paths = pathsOf(fields, draft.values.value);
  const tab = useSignal(listed.tabs[0]?.id ?? "");
  const wrongOf = (path: string) =>
    draft.invalid.value.filter(({ field }) => fieldOf(field, paths) === path).map(({ reason }) => (reason === "" ? t("admin.form.needed") : reason));
  const elsewhere = draft.invalid.value.filter(({ field }) => fieldOf(field, paths) === null);
  useFirstMistake(draft, listed.tabs, tab, paths);
  const save = async (all = false) => {
    if (!(await draft.save(all)) || id !== null) return;
    admin.forget(name);
    admin.keep(`${listed.part}/${draft.id}`, draft);
    admin.becomes({ page: listed.page, item: draft.id });
  };
  return (
    <form
      noValidate
      class="item-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {listed.tabs.length > 1 && <Tabs tabs={listed.tabs} chosen={tab.value} onChoose={(one) => (tab.value = one)} />}
      {listed.tabs.map((one) => (
        <div
          key={one.id}
          id={`panel-${one.id}`}
          hidden={one.id !== tab.value}
          {...(listed.tabs.length > 1 ? { role: "tabpanel", "aria-labelledby": `tab-${one.id}` } : {})}
        >
          {one.sections.map((section, at) => (
            <section key={at} class="card form-section">
              {section.heading !== undefined && <h2>{section.heading}</h2>}
              <div class="fields">
                {section.fields.map((field) => (
                  <FormField
                    key={field.path}
                    within="item"
                    field={field}
                    value={valueAt(draft.values.value, field.path)}
                    wrong={wrongOf(field.path)}
                    wrongOf={wrongOf}
                    fixed={field.path === listed.key && !draft.adding}
                    choices={choices}
                    onChange={(value) => draft.set(field.path, value)}
                  />
                ))}
              </div>
            </section>
          ))}
        </div>
      ))}
      <Outcome draft={draft} fields={fields} elsewhere={elsewhere.map(({ field, reason }) => (field === "" ? reason : `${field}: ${reason}`))} onAll={() => void save(true)} />
      <div class="row">
        <Button type="submit" look="primary" aria-disabled={draft.state.value.is === "saving"}>
          {t("admin.form.save")}
        </Button>
        {draft.dirty.value && <Button onClick={() => draft.discard()}>{t("admin.form.discard")}</Button>}
        {id !== null && listed.key !== "" && <Remove admin={admin} listed={listed} draft={draft} name={name} />}
      </div>
    </form>
  );
}

/** After a refusal the focus goes to the first field that is wrong, on whatever tab it is. */
function useFirstMistake(draft: Draft, tabs: readonly Tab[], tab: { value: string }, paths: readonly string[]): void {
  const seen = useRef(draft.refusals.peek());
  const refusals = draft.refusals.value;
  useEffect(() => {
    if (refusals === seen.current) return;
    seen.current = refusals;
    const wrong = draft.invalid.peek().map(({ field }) => fieldOf(field, paths));
    const first = paths.find((path) => wrong.includes(path));
    const target = first === undefined ? "outcome" : idOf("item", first);
    const holds = (one: Tab) => one.sections.some(({ fields }) => fields.some(({ path }) => first === path || first?.startsWith(`${path}.`) === true));
    tab.value = tabs.find(holds)?.id ?? tab.value;
    requestAnimationFrame(() => document.getElementById(target)?.focus());
  }, [refusals]);
}

function Tabs({ tabs, chosen, onChoose }: { tabs: readonly Tab[]; chosen: string; onChoose(id: string): void }) {
  const turn = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const next = tabs[(tabs.findIndex(({ id }) => id === chosen) + by + tabs.length) % tabs.length];
    if (by === 0 || next === undefined) return;
    event.preventDefault();
    onChoose(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" onKeyDown={turn}>
      {tabs.map(({ id, label }) => (
        <button
          key={id}
          id={`tab-${id}`}
          type="button"
          role="tab"
          class="tab"
          aria-selected={id === chosen}
          aria-controls={`panel-${id}`}
          tabIndex={id === chosen ? 0 : -1}
          onClick={() => onChoose(id)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

/** What became of saving. It is read out, and has the focus when no field is at fault. */
function Outcome({ draft, fields, elsewhere, onAll }: { draft: Draft; fields: readonly Field[]; elsewhere: readonly string[]; onAll(): void }) {
  const state = draft.state.value;
  const bad = state.is !== "typing" && state.is !== "saving" && state.is !== "saved";
  return (
    <div id="outcome" class={bad ? "outcome outcome-bad" : "outcome"} role="status" tabIndex={-1}>
      {bad || state.is === "saved" ? <p class="strong">{said(draft, fields)}</p> : null}
      {bad && elsewhere.length > 0 && (
        <ul>
          {elsewhere.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      )}
      {state.is === "conflict" && <Button onClick={onAll}>{t("admin.form.save_all_the_same")}</Button>}
    </div>
  );
}

function said(draft: Draft, fields: readonly Field[]): string {
  const state = draft.state.value;
  switch (state.is) {
    case "saved":
      return t("admin.form.saved");
    case "refused":
      return t("admin.form.refused");
    case "needed":
      return t("admin.form.needed_elsewhere");
    case "away":
      return t("admin.form.away");
    case "conflict": {
      const names = state.fields.map((name) => fields.find(({ path }) => path === name || path.startsWith(`${name}.`))?.label ?? name);
      return t("admin.form.conflict", { fields: names.join(", ") });
    }
    case "gone":
      return t("admin.form.gone");
    case "taken":
      return t("admin.form.taken", { id: draft.id });
    case "signed_out":
      return t("admin.form.signed_out");
    case "not_allowed":
      return t("admin.not_allowed");
    default:
      return "";
  }
}

/** Removing asks once more, in place. */
function Remove({ admin, listed, draft, name }: { admin: Admin; listed: Listed; draft: Draft; name: string }) {
  const asking = useSignal(false);
  const keep = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (asking.value) keep.current?.querySelector("button")?.focus();
  }, [asking.value]);
  const remove = async () => {
    asking.value = false;
    if (!(await draft.remove())) return;
    admin.forget(name);
    admin.go({ page: listed.page });
  };
  const words = t("admin.form.remove", { name: listed.nameOf(draft.values.value) });
  if (!asking.value) {
    return (
      <Button look="quiet" onClick={() => (asking.value = true)}>
        {words}
      </Button>
    );
  }
  return (
    <div class="row" ref={keep} role="group" aria-label={t("admin.form.remove_sure")}>
      <span class="strong">{t("admin.form.remove_sure")}</span>
      <Button onClick={() => (asking.value = false)}>{t("admin.form.keep")}</Button>
      <Button look="danger" onClick={() => void remove()}>
        {words}
      </Button>
    </div>
  );
}
