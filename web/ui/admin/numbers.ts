// Numbers, and which of them are in the call-back pool.

import { t } from "../lib/i18n/index.ts";
import { grouped } from "../lib/number.ts";
import type { Listed, Option } from "./form.ts";
import { text } from "./users.ts";

const kinds: Option[] = [
  { id: "direct_offer", label: t("admin.kind.direct_offer") },
  { id: "direct_routing", label: t("admin.kind.direct_routing") },
];
const uses: Option[] = [
  { id: "emergency_callback", label: t("admin.numbers.use_callback") },
  { id: "shared", label: t("admin.numbers.use_shared") },
  { id: "personal", label: t("admin.numbers.use_personal") },
];

export const numbers: Listed = {
  page: "numbers",
  part: "numbers",
  key: "e164",
  heading: t("admin.numbers.heading"),
  add: t("admin.numbers.add"),
  addHeading: t("admin.numbers.add_heading"),
  all: t("admin.numbers.all"),
  search: t("admin.numbers.search"),
  blank: { kind: "direct_offer", use: "emergency_callback" },
  needs: ["sites", "trunks", "reps", "workstreams"],
  nameOf: (item) => grouped(text(item, "e164")),
  columns: [
    { heading: t("admin.numbers.e164"), shows: (item) => grouped(text(item, "e164")) },
    { heading: t("admin.numbers.use"), shows: (item) => labelIn(uses, text(item, "use")) },
    { heading: t("admin.numbers.kind"), shows: (item) => labelIn(kinds, text(item, "kind")) },
    { heading: t("admin.numbers.site"), shows: (item, names) => names("sites", item["site"]) },
    { heading: t("admin.numbers.trunk"), shows: (item) => text(item, "trunk") },
  ],
  tabs: [
    {
      id: "number",
      label: t("admin.numbers.heading"),
      sections: [
        {
          fields: [
            { path: "e164", label: t("admin.numbers.e164"), hint: t("admin.numbers.e164_hint"), kind: { is: "text" } },
            { path: "kind", label: t("admin.numbers.kind"), kind: { is: "choice", options: kinds } },
            { path: "use", label: t("admin.numbers.use"), hint: t("admin.numbers.use_hint"), kind: { is: "choice", options: uses } },
            { path: "site", label: t("admin.numbers.site"), kind: { is: "one", of: "sites", none: t("admin.none") } },
            { path: "trunk", label: t("admin.numbers.trunk"), kind: { is: "one", of: "trunks", none: t("admin.numbers.any_trunk") } },
            { path: "rep", label: t("admin.numbers.rep"), kind: { is: "one", of: "reps", none: t("admin.none") } },
            { path: "workstream", label: t("admin.numbers.workstream"), kind: { is: "one", of: "workstreams", none: t("admin.none") } },
          ],
        },
      ],
    },
  ],
};

export function labelIn(options: readonly Option[], id: string): string {
  return options.find((option) => option.id === id)?.label ?? id;
}
