// The sentences of the screen, chosen by language and filled with values.

import { en } from "./en.ts";

export type Key = keyof typeof en;

/** A language holds every key that English has. */
export type Sentences = Readonly<Record<Key, string>>;

/** Further languages (da, pl, es, fr) join here. */
const languages: Readonly<Record<string, Sentences>> = { en };

type Placeholders<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Placeholders<Rest> : never;
type Values<K extends Key> = Record<Placeholders<(typeof en)[K]>, string>;
type Arguments<K extends Key> = [Placeholders<(typeof en)[K]>] extends [never] ? [] : [values: Values<K>];

/** The first of the wished languages that there is, else English. */
export function chosenLanguage(wished: readonly string[]): string {
  for (const tag of wished) {
    const language = tag.toLowerCase().split("-")[0] ?? "";
    if (Object.hasOwn(languages, language)) return language;
  }
  return "en";
}

export const language = chosenLanguage(typeof navigator === "undefined" ? [] : navigator.languages);

/** The sentence of a key, its placeholders filled in. */
export function t<K extends Key>(key: K, ...[values]: Arguments<K>): string {
  const sentence = (languages[language] ?? en)[key];
  return values === undefined ? sentence : filled(sentence, values);
}

function filled(sentence: string, values: Readonly<Record<string, string>>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** A clock time as people of this product read it: 15:42. */
export function clock(time: Date): string {
  return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(time);
}

/** A clock time, with the day when it is not today. */
export function moment(time: Date, now: Date): string {
  if (time.toDateString() === now.toDateString()) return clock(time);
  return new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(time);
}

/** How many days ago a time was, by the calendar: today, yesterday, 12 days ago. */
export function daysAgo(time: Date, now: Date): string {
  const midnight = (of: Date) => Date.UTC(of.getFullYear(), of.getMonth(), of.getDate());
  const days = Math.round((midnight(time) - midnight(now)) / 86_400_000);
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(days, "day");
}

/** A length of time as minutes and seconds: 02:07. */
export function length(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = new Intl.NumberFormat(language, { minimumIntegerDigits: 2, useGrouping: false });
  return `${two.format(Math.floor(seconds / 60))}:${two.format(seconds % 60)}`;
}

/** A short length of time in seconds, to the millisecond: 2.041 sec. */
export function seconds(ms: number): string {
  const digits = { minimumFractionDigits: 3, maximumFractionDigits: 3 };
  return new Intl.NumberFormat(language, { style: "unit", unit: "second", unitDisplay: "short", ...digits }).format(ms / 1000);
}

/** A position in a list, counted from one. */
export function ordinal(index: number): string {
  return new Intl.NumberFormat(language).format(index + 1);
}

/** The name of a language: Danish for da. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames(language, { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
