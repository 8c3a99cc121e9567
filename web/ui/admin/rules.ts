// Notification rules: who else is told of which emergency calls, and when.

import { t } from "../lib/i18n/index.ts";
import { rowsIn } from "./form.ts";
import type { Field, Listed } from "./form.ts";
import type { Item } from "./item.ts";
import { text } from "./users.ts";

const tierFields: Field[] = [
  { path: "after_s", label: t("admin.rules.after"), hint: t("admin.rules.after_hint"), kind: { is: "number" } },
  { path: "emergency_contacts", label: t("admin.rules.contacts"), hint: t("admin.rules.contacts_hint"), kind: { is: "addresses" } },
  { path: "channels", label: t("admin.rules.channels"), kind: { is: "some", of: "channels" } },
];

export const rules: Listed = {
  page: "rules",
  part: "notification_rules",
  key: "id",
  heading: t("admin.rules.heading"),
  about: t("admin.rules.about"),
  add: t("admin.rules.add"),
  addHeading: t("admin.rules.add_heading"),
  all: t("admin.rules.all"),
  search: t("admin.rules.search"),
  blank: { tiers: [{}] },
  needs: ["sites", "channels"],
  nameOf: (item) => text(item, "id"),
  columns: [
    { heading: t("admin.id"), shows: (item) => text(item, "id") },
    { heading: t("admin.rules.sites"), shows: (item, names) => listOf(item, "sites").map((id) => names("sites", id)).join(", ") || t("admin.rules.every_site") },
    { heading: t("admin.rules.numbers"), shows: (item) => listOf(item, "numbers").join(", ") || t("admin.rules.every_number") },
    { heading: t("admin.rules.tiers"), shows: (item) => rowsIn(item["tiers"]).map(when).join(", ") },
  ],
  tabs: [
    {
      id: "rule",
      label: t("admin.rules.heading"),
      sections: [
        {
          fields: [
            { path: "id", label: t("admin.id"), hint: t("admin.id_hint"), kind: { is: "text" } },
            { path: "sites", label: t("admin.rules.sites"), hint: t("admin.rules.sites_hint"), kind: { is: "some", of: "sites" } },
            { path: "numbers", label: t("admin.rules.numbers"), hint: t("admin.rules.numbers_hint"), kind: { is: "lines" } },
          ],
        },
        {
          fields: [
            {
              path: "tiers",
              label: t("admin.rules.tiers"),
              kind: { is: "rows", fields: tierFields, add: t("admin.rules.add_tier"), nameOf: (at) => t("admin.rules.tier", { number: String(at + 1) }) },
            },
          ],
        },
      ],
    },
  ],
};

function listOf(item: Item, path: string): string[] {
  const value = item[path];
  return Array.isArray(value) ? value.map(String) : [];
}

function when(tier: Item): string {
  const seconds = text(tier, "after_s");
  return seconds === "" ? t("admin.rules.at_once") : t("admin.rules.after_s", { seconds });
}
