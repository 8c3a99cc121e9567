// How the form of an item and the list of items are described: the pages are made of these.

import { valueAt } from "./item.ts";
import type { Item } from "./item.ts";

export interface Option {
  id: string;
  label: string;
}

/** What a field holds, and with it how it is typed. */
export type Kind =
  | { is: "text"; capital?: boolean }
  | { is: "zone" }
  | { is: "number" }
  | { is: "long"; code?: boolean }
  /** A list of strings, one a line. */
  | { is: "lines" }
  | { is: "addresses" }
  | { is: "secret" }
  | { is: "yes" }
  /** One of a few; the first stands for nothing chosen. */
  | { is: "choice"; options: readonly Option[] }
  /** One item of another list, or none. */
  | { is: "one"; of: string; none: string }
  /** Several of a few. */
  | { is: "several"; options: readonly Option[] }
  /** Several items of another list. */
  | { is: "some"; of: string }
  /** Several items of another list, in an order. */
  | { is: "ordered"; of: string }
  /** A list of items in the item, each with fields of its own. */
  | { is: "rows"; fields: readonly Field[]; add: string; nameOf(at: number): string };

export interface Field {
  path: string;
  label: string;
  hint?: string;
  kind: Kind;
}

export interface Section {
  heading?: string;
  fields: readonly Field[];
}

export interface Tab {
  id: string;
  label: string;
  sections: readonly Section[];
}

export interface Column {
  heading: string;
  /** What stands in the row of an item; names gives the name of an item of another list. */
  shows(item: Item, names: (part: string, id: unknown) => string): string;
}

/** Everything that a page about one list of the center needs to know. */
export interface Listed {
  page: string;
  part: string;
  /** The field that names an item; it cannot be changed afterwards. Empty: there is one item and no list. */
  key: string;
  heading: string;
  about?: string;
  add: string;
  addHeading: string;
  all: string;
  search: string;
  columns: readonly Column[];
  tabs: readonly Tab[];
  blank: Item;
  /** The lists that its columns and fields name items of. */
  needs: readonly string[];
  /** Fields that can be set for several items at once. */
  bulk?: readonly Field[];
  nameOf(item: Item): string;
}

export function fieldsOf({ tabs }: Pick<Listed, "tabs">): Field[] {
  return tabs.flatMap(({ sections }) => sections.flatMap(({ fields }) => fields));
}

/** The paths of the fields of an item; of rows there are as many as the item has: "tiers", "tiers.0", "tiers.0.after_s". */
export function pathsOf(fields: readonly Field[], item: Item): string[] {
  return fields.flatMap(({ path, kind }) => {
    if (kind.is !== "rows") return [path];
    const within = rowsIn(valueAt(item, path)).flatMap((_, at) => [`${path}.${at}`, ...kind.fields.map((inner) => `${path}.${at}.${inner.path}`)]);
    return [path, ...within];
  });
}

export function rowsIn(value: unknown): readonly Item[] {
  return Array.isArray(value) ? (value as Item[]) : [];
}

/** A text of a number as it is kept: the number, or the text as long as it is none. */
export function numberIn(typed: string): unknown {
  const trimmed = typed.trim();
  return /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed;
}

export function linesIn(typed: string): string[] {
  return typed.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}
