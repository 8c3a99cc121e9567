import { computed, effect } from "@preact/signals";

/** Runs something when a condition on signals has held for a while without a break. */
export function whenItLasts(ms: number, holds: () => boolean, run: () => void): void {
  const holding = computed(holds);
  effect(() => {
    if (!holding.value) return;
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  });
}
