// How many call-back numbers each site has for how many people.

import type { Number as OurNumber, Rep, Site } from "../lib/api.gen.ts";

export interface SitePool {
  /** "": of no site. */
  id: string;
  name: string;
  numbers: number;
  reps: number;
  /** The site has a static number where no pool number is free. */
  fallback: boolean;
}

/** The pool of every site, and of none where anybody or any number is of none. */
export function poolOf(sites: readonly Site[], numbers: readonly OurNumber[], reps: readonly Rep[]): SitePool[] {
  const of = (id: string, name: string, fallback: boolean): SitePool => ({
    id,
    name,
    fallback,
    numbers: numbers.filter((one) => one.use === "emergency_callback" && (one.site ?? "") === id).length,
    reps: reps.filter((rep) => (rep.site ?? "") === id).length,
  });
  const nowhere = of("", "", false);
  const all = sites.map(({ id, name, static_number = "" }) => of(id, name === "" ? id : name, static_number !== ""));
  return nowhere.numbers + nowhere.reps > 0 ? [...all, nowhere] : all;
}
