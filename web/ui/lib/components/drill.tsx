// A test call through the whole chain, for administrators, and what each hop of it has shown.

import { useEffect } from "preact/hooks";
import type { Hop } from "../api.gen.ts";
import { Button } from "./button.tsx";
import { Choice } from "./choice.tsx";
import { seconds, t } from "../i18n/index.ts";
import { timed } from "../drilling.ts";
import type { Drilling, DrillState, TimedHop } from "../drilling.ts";
import "../theme/drill.css";

export function Drill({ drills, feedDown }: { drills: Drilling; feedDown: boolean }) {
  const state = drills.state.value;
  const running = state.is === "running";
  useEffect(() => {
    if (!feedDown) void drills.readTrunks();
  }, [drills, feedDown]);
  return (
    <section class="card drill" aria-labelledby="drill-heading">
      <h2 id="drill-heading">{t("drill.heading")}</h2>
      <p id="drill-about">{t("drill.about")}</p>
      <Choice
        id="drill-through"
        label={t("drill.through")}
        value={drills.through.value}
        options={[{ id: "", label: t("drill.built_in") }, ...(drills.trunks.value ?? []).map((trunk) => ({ id: trunk, label: trunk }))]}
        onChoose={(trunk) => (drills.through.value = trunk)}
      />
      <div class="row">
        <Button aria-disabled={running} aria-describedby="drill-about" onClick={() => void drills.place()}>
          {t("drill.place")}
        </Button>
        <p class={wentWrong(state) ? "complaint strong" : "strong"} role="status">
          {said(state)}
        </p>
      </div>
      {state.is === "over" && state.drill.hops.length > 0 && <Evidence hops={state.drill.hops} />}
    </section>
  );
}

function Evidence({ hops }: { hops: readonly Hop[] }) {
  return (
    <div class="evidence">
      <p id="drill-hops" class="soft">
        {t("drill.hops")}
      </p>
      <ol aria-labelledby="drill-hops">
        {timed(hops).map((hop, index) => (
          <Line key={index} hop={hop} />
        ))}
      </ol>
    </div>
  );
}

function Line({ hop: { after, what, failed } }: { hop: TimedHop }) {
  return (
    <li class={failed ? "hop-failed" : undefined}>
      <span class="number">{seconds(after)}</span> <span>{failed ? t("drill.hop_failed", { what }) : what}</span>
    </li>
  );
}

function wentWrong(state: DrillState): boolean {
  return state.is === "refused" || state.is === "unknown" || (state.is === "over" && !state.drill.passed);
}

function said(state: DrillState): string {
  switch (state.is) {
    case "none":
      return "";
    case "running":
      return t("drill.running");
    case "over":
      return state.drill.passed ? t("drill.passed") : t("drill.failed");
    case "refused":
      return refusal(state.code, state.detail);
    case "unknown":
      return t("drill.unknown");
  }
}

function refusal(code: string, detail: string): string {
  switch (code) {
    case "DRILL_IN_EMERGENCY":
      return t("drill.in_emergency");
    case "NO_FREE_NUMBER":
      return t("drill.no_free_number");
    case "NO_TEST_SERVICE":
      return t("drill.no_test_service");
    case "NOT_ALLOWED":
      return t("drill.not_allowed");
    default:
      return t("drill.refused", { detail });
  }
}
