// One plain line: how ready the rep is for an emergency call. What is missing in full opens below it.

import type { Ready } from "../lib/api.gen.ts";
import { t } from "../lib/i18n/index.ts";
import { causeWords } from "../lib/readiness.ts";
import "../lib/theme/readiness.css";

export function ReadyLine({ ready: { colour, causes } }: { ready: Ready }) {
  const line = <span class={`colour colour-${colour}`}>{words(colour, causes)}</span>;
  return (
    <section class="ready" aria-label={t("ready.label")}>
      {causes.length <= 1 ? (
        line
      ) : (
        <details>
          <summary>{line}</summary>
          <ul>
            {causes.map((cause) => (
              <li key={cause}>{causeWords(cause)}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function words(colour: Ready["colour"], causes: readonly string[]): string {
  const [first = ""] = causes;
  if (colour === "green") return t("ready.green");
  if (causes.length > 1) {
    const count = String(causes.length);
    return colour === "red" ? t("ready.red_more", { count }) : t("ready.amber_more", { count });
  }
  const cause = causeWords(first);
  return colour === "red" ? t("ready.red", { cause }) : t("ready.amber", { cause });
}
