// In which order trunks are tried, in plain words.

import { language, t } from "./i18n/index.ts";

/** Trunks turn by turn. Those of one turn are tried in an order that is drawn for each call. */
export type Turns = readonly (readonly string[])[];

/** "a, b or c (at random, anew for each call), then d". */
export function turnsWords(turns: Turns): string {
  return turns.map(turnWords).reduce((first, next) => t("turns.then", { first, next }));
}

/** A turn of one is the name alone. */
export function turnWords(trunks: readonly string[]): string {
  if (trunks.length < 2) return trunks.join();
  return t("turns.random", { trunks: new Intl.ListFormat(language, { type: "disjunction" }).format(trunks) });
}

/** Puts together those that have the same turn, the first turn first. */
export function byTurn<T extends { turn: number }>(all: readonly T[]): T[][] {
  const turns: T[][] = [];
  for (const one of all) (turns[one.turn - 1] ??= []).push(one);
  return turns;
}
