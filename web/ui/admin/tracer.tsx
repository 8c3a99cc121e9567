// Where would 112 go for Bob in Aarhus? The node says, by the rules that it places calls by.

import { useSignal } from "@preact/signals";
import { Button } from "../lib/components/button.tsx";
import { Lines } from "../lib/components/lines.tsx";
import { t } from "../lib/i18n/index.ts";
import { grouped } from "../lib/number.ts";
import { byTurn, turnWords } from "../lib/turns.ts";
import type { Trace, TraceRule, TraceTrunk } from "../lib/api.gen.ts";
import type { Admin } from "./admin.ts";
import type { Choices } from "./fields.tsx";
import { healthWords } from "./health.tsx";
import { TableBox } from "./page.tsx";

type Shown = { is: "trace"; trace: Trace } | { is: "refused"; words: string };

export function Tracer({ admin, choices }: { admin: Admin; choices: Choices }) {
  const rep = useSignal("");
  const dialled = useSignal("112");
  const shown = useSignal<Shown | null>(null);
  const trace = async () => {
    const query = new URLSearchParams({ rep: rep.value.trim(), dialled: dialled.value });
    const answer = await admin.ask<Trace>("GET", `trace?${query.toString()}`);
    if (answer.is === "done") shown.value = { is: "trace", trace: answer.value };
    else shown.value = { is: "refused", words: answer.is === "refused" ? (answer.problem.detail ?? answer.problem.title) : t("admin.away") };
  };
  return (
    <section class="card tracer" aria-labelledby="tracer-heading">
      <h2 id="tracer-heading">{t("admin.tracer.heading")}</h2>
      <p class="soft">{t("admin.tracer.about")}</p>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void trace();
        }}
      >
        <div class="field">
          <label for="tracer-rep">{t("admin.tracer.rep")}</label>
          <input id="tracer-rep" list="tracer-reps" autocomplete="off" spellcheck={false} value={rep.value} onInput={(event) => (rep.value = event.currentTarget.value)} />
          <datalist id="tracer-reps">
            {(choices("reps") ?? []).map(({ id, label }) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </datalist>
        </div>
        <div class="field">
          <label for="tracer-dialled">{t("admin.tracer.dialled")}</label>
          <input id="tracer-dialled" inputMode="tel" autocomplete="off" value={dialled.value} onInput={(event) => (dialled.value = event.currentTarget.value)} />
        </div>
        <Button type="submit">{t("admin.tracer.trace")}</Button>
      </form>
      <div role="status">
        {shown.value?.is === "refused" && <p class="complaint">{shown.value.words}</p>}
        {shown.value?.is === "trace" && <p class="strong">{kindWords(shown.value.trace)}</p>}
      </div>
      {shown.value?.is === "trace" && <Found trace={shown.value.trace} />}
    </section>
  );
}

function Found({ trace }: { trace: Trace }) {
  return (
    <>
      <dl class="facts">
        <dt>{t("admin.tracer.caller_id")}</dt>
        <dd>
          {trace.caller_id === "" ? t("admin.tracer.no_caller_id") : grouped(trace.caller_id)}
          {trace.grant !== undefined && <span class="reason">{grantWords(trace.grant)}</span>}
        </dd>
        {trace.kind === "emergency" && (
          <>
            <dt>{t("admin.country")}</dt>
            <dd>{trace.country}</dd>
            <dt>{t("admin.tracer.place")}</dt>
            <dd>
              {trace.place.length > 0 ? <Lines lines={trace.place} /> : t("admin.tracer.no_place")}
              {trace.position && <span class="reason">{positionWords(trace.position)}</span>}
            </dd>
          </>
        )}
        <dt>{t("admin.tracer.trunks")}</dt>
        <dd>
          <ol>
            {byTurn(trace.trunks).map((turn) => (
              <li key={turn[0]?.trunk}>
                <Turn trunks={turn} />
              </li>
            ))}
          </ol>
          {trace.inside && <p>{t("admin.tracer.inside")}</p>}
          {trace.trunks.length === 0 && !trace.inside && <p class="complaint">{t("admin.tracer.no_trunk")}</p>}
        </dd>
      </dl>
      {trace.rules.length > 0 && <Rules rules={trace.rules} />}
    </>
  );
}

/** What is tried next: a trunk, or several in an order that is drawn for each call. */
function Turn({ trunks }: { trunks: readonly TraceTrunk[] }) {
  if (trunks.length < 2) return <>{trunks.map(trunkWords)}</>;
  return (
    <>
      {t("admin.tracer.random")}
      <ul>
        {trunks.map((trunk) => (
          <li key={trunk.trunk}>{trunkWords(trunk)}</li>
        ))}
      </ul>
    </>
  );
}

function Rules({ rules }: { rules: readonly TraceRule[] }) {
  return (
    <TableBox label={t("admin.tracer.rules")}>
      <table>
        <caption>{t("admin.tracer.rules")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("admin.tracer.rule")}</th>
            <th scope="col">{t("admin.routes.pattern")}</th>
            <th scope="col">{t("admin.tracer.counts")}</th>
            <th scope="col">{t("admin.tracer.why")}</th>
            <th scope="col">{t("admin.routes.trunks")}</th>
          </tr>
        </thead>
        <tbody>
          {rules.map((rule, at) => (
            <tr key={at} class={rule.counts ? undefined : "passed-over"}>
              <td>{ruleWords(rule)}</td>
              <td>{rule.pattern ?? ""}</td>
              <td>{rule.counts ? t("admin.yes") : t("admin.no")}</td>
              <td>{reasonWords(rule.reason)}</td>
              <td>{rule.random === true ? turnWords(rule.trunks) : rule.trunks.join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function kindWords({ kind, sent }: Trace): string {
  switch (kind) {
    case "emergency":
      return t("admin.tracer.emergency", { sent });
    case "test":
      return t("admin.tracer.test", { sent });
    default:
      return t("admin.tracer.ordinary", { sent });
  }
}

function grantWords(grant: string): string {
  switch (grant) {
    case "kept":
      return t("admin.grant.kept");
    case "fresh":
      return t("admin.grant.fresh");
    case "shared":
      return t("admin.grant.shared");
    case "static":
      return t("admin.grant.static");
    default:
      return t("admin.grant.none");
  }
}

function positionWords({ latitude, longitude, radius_m }: { latitude: number; longitude: number; radius_m: number }): string {
  return t("admin.tracer.position", { latitude: String(latitude), longitude: String(longitude), radius: String(radius_m) });
}

function trunkWords({ trunk, health, conveys }: TraceTrunk): string {
  return t("admin.tracer.trunk", { trunk, health: healthWords(health), conveys: conveysWords(conveys) });
}

function conveysWords(conveys: string): string {
  switch (conveys) {
    case "by_value":
      return t("admin.conveys.by_value");
    case "by_reference":
      return t("admin.conveys.by_reference");
    default:
      return t("admin.conveys.none");
  }
}

function ruleWords({ kind, route = "" }: TraceRule): string {
  switch (kind) {
    case "voice_route":
      return t("admin.rule.voice_route", { route });
    case "direct_offer":
      return t("admin.rule.direct_offer");
    case "of_country":
      return t("admin.rule.of_country");
    case "serving":
      return t("admin.rule.serving");
    default:
      return t("admin.rule.any");
  }
}

function reasonWords(reason: string): string {
  switch (reason) {
    case "names_number":
      return t("admin.reason.names_number");
    case "marked":
      return t("admin.reason.marked");
    case "matches":
      return t("admin.reason.matches");
    case "too_wide":
      return t("admin.reason.too_wide");
    case "no_match":
      return t("admin.reason.no_match");
    case "not_needed":
      return t("admin.reason.not_needed");
    default:
      return t("admin.reason.always");
  }
}
