// How the trunks do now, told by the node every few seconds.

import { useSignal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { TrunkCondition as Condition, TrunkConditions } from "../lib/api.gen.ts";
import { moment, t } from "../lib/i18n/index.ts";
import type { Admin } from "./admin.ts";

const EVERY_MS = 5000;

/** The conditions as the node told them last; null before it has. */
export function useConditions(admin: Admin): ReadonlySignal<readonly Condition[] | null> {
  const told = useSignal<readonly Condition[] | null>(null);
  useEffect(() => {
    const read = async () => {
      const answer = await admin.ask<TrunkConditions>("GET", "trunk_conditions");
      told.value = answer.is === "done" ? answer.value.conditions : null;
    };
    void read();
    const timer = setInterval(() => void read(), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return told;
}

export function TrunkCondition({ conditions, id }: { conditions: ReadonlySignal<readonly Condition[] | null>; id: string }) {
  const condition = conditions.value?.find(({ trunk }) => trunk === id);
  if (condition === undefined) return <span class="soft">{t("admin.health.unknown")}</span>;
  const sick = condition.health === "down" || condition.health === "recovering";
  return (
    <>
      <span class={sick ? "health health-bad" : condition.health === "up" ? "health health-good" : "health"}>{healthWords(condition.health)}</span>
      {condition.since !== undefined && <span class="soft"> {t("admin.health.since", { time: moment(new Date(condition.since), new Date()) })}</span>}
      {(condition.reason ?? "") !== "" && <span class="reason">{condition.reason}</span>}
    </>
  );
}

export function healthWords(health: string): string {
  switch (health) {
    case "up":
      return t("admin.health.up");
    case "unanswered":
      return t("admin.health.unanswered");
    case "down":
      return t("admin.health.down");
    case "recovering":
      return t("admin.health.recovering");
    default:
      return t("admin.health.unasked");
  }
}
