// The fields of a form, each with its label, its hint and what is wrong with it.

import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "../lib/components/button.tsx";
import { t } from "../lib/i18n/index.ts";
import { wrongAddresses } from "./addresses.ts";
import { linesIn, numberIn, rowsIn } from "./form.ts";
import type { Field, Option } from "./form.ts";
import { valueAt, withValue } from "./item.ts";

/** The items of other lists that fields can choose from; null while they are not known. */
export type Choices = (part: string) => readonly Option[] | null;

/** The name of an item of another list; its id as long as the list is not known. */
export function nameIn(choices: Choices, part: string, id: unknown): string {
  return choices(part)?.find((option) => option.id === id)?.label ?? text(id);
}

export interface FieldProps {
  field: Field;
  /** Where the field stands, so that its id is the only one of its kind on the page. */
  within: string;
  value: unknown;
  wrong: readonly string[];
  /** What is wrong with a field within this one. */
  wrongOf?(path: string): readonly string[];
  fixed?: boolean;
  choices: Choices;
  onChange(value: unknown): void;
}

interface Parts extends FieldProps {
  id: string;
  /** What every control of the field carries. */
  marks: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean };
}

const WIDE: readonly string[] = ["long", "addresses", "rows"];

export function idOf(within: string, path: string): string {
  return `${within}-${path.replaceAll(".", "-")}`;
}

export function FormField(props: FieldProps) {
  const { field, within, wrong } = props;
  const id = idOf(within, field.path);
  const described = [...(field.hint === undefined ? [] : [`${id}-hint`]), ...(wrong.length > 0 ? [`${id}-wrong`] : [])].join(" ");
  const marks = { id, ...(described === "" ? {} : { "aria-describedby": described }), ...(wrong.length > 0 ? { "aria-invalid": true } : {}) };
  return (
    <div class={WIDE.includes(field.kind.is) ? "field field-wide" : "field"}>
      <Control {...props} id={id} marks={marks} />
      {field.hint !== undefined && (
        <p id={`${id}-hint`} class="soft">
          {field.hint}
        </p>
      )}
      <Complaint id={`${id}-wrong`} wrong={wrong} />
    </div>
  );
}

function Control(props: Parts) {
  switch (props.field.kind.is) {
    case "yes":
      return <YesNo {...props} />;
    case "choice":
      return <OneOf {...props} options={props.field.kind.options} />;
    case "one":
      return <OneOf {...props} options={[{ id: "", label: props.field.kind.none }, ...known(props, props.field.kind.of)]} />;
    case "several":
      return <Several {...props} options={props.field.kind.options} />;
    case "some":
      return <Several {...props} options={known(props, props.field.kind.of)} />;
    case "ordered":
      return <Ordered {...props} options={known(props, props.field.kind.of)} />;
    case "rows":
      return <Rows {...props} fields={props.field.kind.fields} add={props.field.kind.add} nameOf={props.field.kind.nameOf} />;
    case "addresses":
      return <Addresses {...props} />;
    case "long":
    case "lines":
      return <Long {...props} />;
    default:
      return <Line {...props} />;
  }
}

/** What can be chosen of another list; what is chosen stays in it, even when the list is not known. */
function known({ choices, value }: Parts, of: string): Option[] {
  const options = choices(of) ?? [];
  const chosen = Array.isArray(value) ? value.map(String) : text(value) === "" ? [] : [text(value)];
  return [...options, ...chosen.filter((id) => !options.some((one) => one.id === id)).map((id) => ({ id, label: id }))];
}

function text(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}

function Label({ id, label }: { id: string; label: string }) {
  return <label for={id}>{label}</label>;
}

function Line({ field, id, marks, value, fixed = false, onChange }: Parts) {
  const { kind } = field;
  const take = (typed: string) => onChange(kind.is === "number" ? numberIn(typed) : kind.is === "text" && kind.capital ? typed.toUpperCase() : typed);
  const typed = { ...marks, spellcheck: false, readOnly: fixed, value: text(value), onInput: (event: { currentTarget: HTMLInputElement }) => take(event.currentTarget.value) };
  return (
    <>
      <Label id={id} label={field.label} />
      {kind.is === "secret" && <input {...typed} type="password" autocomplete="new-password" />}
      {kind.is === "zone" && <input {...typed} type="text" autocomplete="off" list={`${id}-zones`} />}
      {kind.is !== "secret" && kind.is !== "zone" && <input {...typed} type="text" autocomplete="off" inputMode={kind.is === "number" ? "decimal" : "text"} />}
      {kind.is === "zone" && <Zones id={`${id}-zones`} />}
    </>
  );
}

function Zones({ id }: { id: string }) {
  return (
    <datalist id={id}>
      {Intl.supportedValuesOf("timeZone").map((zone) => (
        <option key={zone} value={zone} />
      ))}
    </datalist>
  );
}

/** The text that is typed is kept here: a line that is not finished yet is no line for the item. */
function Long({ field, id, marks, value, onChange }: Parts) {
  const list = field.kind.is === "lines";
  const whole = list ? (Array.isArray(value) ? value.join("\n") : "") : text(value);
  const [typed, setTyped] = useState(whole);
  const shown = list && linesIn(typed).join("\n") === whole ? typed : whole;
  return (
    <>
      <Label id={id} label={field.label} />
      <textarea
        {...marks}
        rows={list ? 3 : 6}
        spellcheck={false}
        class={field.kind.is === "long" && field.kind.code ? "code" : undefined}
        value={shown}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          onChange(list ? linesIn(event.currentTarget.value) : event.currentTarget.value);
        }}
      />
    </>
  );
}

/** Each address that is none is named when the person leaves the field, and from then on at every key. */
function Addresses({ field, id, marks, value, wrong: said, onChange }: Parts) {
  const [left, setLeft] = useState(false);
  const wrong = left && said.length === 0 ? wrongAddresses(text(value)) : [];
  const described = [marks["aria-describedby"], `${id}-checked`].filter((one) => one !== undefined).join(" ");
  return (
    <>
      <Label id={id} label={field.label} />
      <textarea
        {...marks}
        aria-describedby={described}
        aria-invalid={wrong.length > 0 || marks["aria-invalid"] === true}
        rows={2}
        spellcheck={false}
        value={text(value)}
        onInput={(event) => onChange(event.currentTarget.value)}
        onBlur={() => setLeft(true)}
      />
      <ul id={`${id}-checked`} class="complaint" aria-live="polite">
        {wrong.map((address, at) => (
          <li key={at}>{t("admin.addresses.wrong", { address })}</li>
        ))}
      </ul>
    </>
  );
}

function YesNo({ field, id, marks, value, onChange }: Parts) {
  return (
    <label class="yes" for={id}>
      <input {...marks} type="checkbox" checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{field.label}</span>
    </label>
  );
}

function OneOf({ field, id, marks, value, options, onChange }: Parts & { options: readonly Option[] }) {
  return (
    <>
      <Label id={id} label={field.label} />
      <select {...marks} value={text(value)} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.id} value={option.id} selected={option.id === text(value)}>
            {option.label}
          </option>
        ))}
      </select>
    </>
  );
}

function Several({ field, id, marks, value, options, onChange }: Parts & { options: readonly Option[] }) {
  const chosen = Array.isArray(value) ? value.map(String) : [];
  const { id: _, ...described } = marks;
  const turn = (one: string, on: boolean) => onChange(on ? [...chosen, one] : chosen.filter((other) => other !== one));
  return (
    <fieldset {...described}>
      <legend>{field.label}</legend>
      {options.length === 0 && <p class="soft">{t("admin.form.none_to_choose")}</p>}
      {options.map((option, at) => (
        <label key={option.id} class="yes">
          <input id={at === 0 ? id : undefined} type="checkbox" checked={chosen.includes(option.id)} onChange={(event) => turn(option.id, event.currentTarget.checked)} />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Adding takes a press of its own: typing in a closed menu chooses at the first letter. */
function Ordered({ field, id, marks, value, options, onChange }: Parts & { options: readonly Option[] }) {
  const chosen = Array.isArray(value) ? value.map(String) : [];
  const [picked, setPicked] = useState("");
  const menu = useRef<HTMLSelectElement>(null);
  const add = () => {
    onChange([...chosen, picked]);
    setPicked("");
    menu.current?.focus();
  };
  const takeOut = (one: string) => {
    onChange(chosen.filter((other) => other !== one));
    menu.current?.focus();
  };
  const left = options.filter((option) => !chosen.includes(option.id));
  const labelOf = (one: string) => options.find((option) => option.id === one)?.label ?? one;
  const up = (at: number) => onChange(chosen.map((one, i) => (i === at - 1 ? (chosen[at] ?? one) : i === at ? (chosen[at - 1] ?? one) : one)));
  return (
    <fieldset>
      <legend>{field.label}</legend>
      <ol class="ordered">
        {chosen.map((one, at) => (
          <li key={one}>
            <span>{labelOf(one)}</span>
            {at > 0 && (
              <Button aria-label={t("admin.form.move_up", { name: labelOf(one) })} onClick={() => up(at)}>
                ↑
              </Button>
            )}
            <Button aria-label={t("admin.form.take_out", { name: labelOf(one) })} onClick={() => takeOut(one)}>
              ✕
            </Button>
          </li>
        ))}
      </ol>
      <label class="unseen" for={id}>
        {t("admin.form.add_to", { name: field.label })}
      </label>
      <select {...marks} ref={menu} value={picked} onChange={(event) => setPicked(event.currentTarget.value)}>
        <option value="">{t("admin.form.choose_one")}</option>
        {left.map((option) => (
          <option key={option.id} value={option.id}>
            {option.label}
          </option>
        ))}
      </select>
      {picked !== "" && <Button onClick={add}>{t("admin.form.add_one", { name: labelOf(picked) })}</Button>}
    </fieldset>
  );
}

interface RowsProps extends Parts {
  fields: readonly Field[];
  add: string;
  nameOf(at: number): string;
}

/** Items in the item, one below the other. The focus goes to a row that is added, and to the button for another one when a row is taken out. */
function Rows({ field, within, id, marks, value, choices, wrongOf = () => [], fields, add, nameOf, onChange }: RowsProps) {
  const rows = rowsIn(value);
  const goTo = useRef<string | null>(null);
  useEffect(() => {
    if (goTo.current !== null) document.getElementById(goTo.current)?.focus();
    goTo.current = null;
  });
  const change = (next: unknown, then: string) => {
    goTo.current = then;
    onChange(next);
  };
  return (
    <fieldset>
      <legend>{field.label}</legend>
      {rows.map((row, at) => {
        const path = `${field.path}.${at}`;
        const wrong = wrongOf(path);
        const described = wrong.length > 0 ? { "aria-describedby": `${idOf(within, path)}-wrong` } : {};
        return (
          <fieldset key={at} id={idOf(within, path)} class="row-of-item" tabIndex={-1} {...described}>
            <legend>{nameOf(at)}</legend>
            <Complaint id={`${idOf(within, path)}-wrong`} wrong={wrong} />
            <div class="fields">
              {fields.map((inner) => (
                <FormField
                  key={inner.path}
                  within={within}
                  field={{ ...inner, path: `${path}.${inner.path}` }}
                  value={valueAt(row, inner.path)}
                  wrong={wrongOf(`${path}.${inner.path}`)}
                  choices={choices}
                  onChange={(next) => onChange(rows.map((one, index) => (index === at ? withValue(one, inner.path, next) : one)))}
                />
              ))}
            </div>
            <div class="row">
              <Button onClick={() => change(rows.filter((_, index) => index !== at), id)}>{t("admin.form.take_out", { name: nameOf(at) })}</Button>
            </div>
          </fieldset>
        );
      })}
      <div class="row">
        <Button id={id} aria-describedby={marks["aria-describedby"]} onClick={() => change([...rows, {}], idOf(within, `${field.path}.${rows.length}`))}>
          {add}
        </Button>
      </div>
    </fieldset>
  );
}

function Complaint({ id, wrong }: { id: string; wrong: readonly string[] }) {
  if (wrong.length === 0) return null;
  return (
    <ul id={id} class="complaint">
      {wrong.map((reason) => (
        <li key={reason}>{reason}</li>
      ))}
    </ul>
  );
}
