// Sites and places.

import { t } from "../lib/i18n/index.ts";
import { civicFields } from "./civic.ts";
import type { Listed } from "./form.ts";
import { valueAt } from "./item.ts";
import { text } from "./users.ts";

export const sites: Listed = {
  page: "sites",
  part: "sites",
  key: "id",
  heading: t("admin.sites.heading"),
  about: t("admin.sites.about"),
  add: t("admin.sites.add"),
  addHeading: t("admin.sites.add_heading"),
  all: t("admin.sites.all"),
  search: t("admin.sites.search"),
  blank: {},
  needs: [],
  nameOf: (item) => text(item, "name") || text(item, "id"),
  columns: [
    { heading: t("admin.sites.name"), shows: (item) => text(item, "name") || text(item, "id") },
    { heading: t("admin.country"), shows: (item) => text(item, "country") },
    { heading: t("admin.civic.street"), shows: (item) => [valueAt(item, "civic.house_number"), valueAt(item, "civic.street")].filter(Boolean).join(" ") },
    { heading: t("admin.civic.city"), shows: (item) => String(valueAt(item, "civic.city") ?? "") },
    { heading: t("admin.civic.floor"), shows: (item) => String(valueAt(item, "civic.floor") ?? "") },
    { heading: t("admin.civic.room"), shows: (item) => String(valueAt(item, "civic.room") ?? "") },
    { heading: t("admin.sites.desk"), shows: (item) => text(item, "emergency_desk") },
  ],
  tabs: [
    {
      id: "site",
      label: t("admin.sites.heading"),
      sections: [
        {
          fields: [
            { path: "id", label: t("admin.id"), hint: t("admin.id_hint"), kind: { is: "text" } },
            { path: "name", label: t("admin.sites.name"), kind: { is: "text" } },
            { path: "country", label: t("admin.country"), hint: t("admin.country_hint"), kind: { is: "text", capital: true } },
            { path: "time_zone", label: t("admin.sites.time_zone"), hint: t("admin.sites.time_zone_hint"), kind: { is: "zone" } },
            { path: "language", label: t("admin.sites.language"), hint: t("admin.sites.language_hint"), kind: { is: "text" } },
          ],
        },
        { heading: t("admin.sites.civic"), fields: civicFields("civic") },
        {
          heading: t("admin.sites.position"),
          fields: [
            { path: "position.latitude", label: t("admin.sites.latitude"), kind: { is: "number" } },
            { path: "position.longitude", label: t("admin.sites.longitude"), kind: { is: "number" } },
            { path: "position.radius_m", label: t("admin.sites.radius"), kind: { is: "number" } },
          ],
        },
        {
          heading: t("admin.sites.emergency"),
          fields: [
            { path: "emergency_desk", label: t("admin.sites.desk"), hint: t("admin.sites.desk_hint"), kind: { is: "text" } },
            {
              path: "desk_joins",
              label: t("admin.sites.desk_joins"),
              kind: {
                is: "choice",
                options: [
                  { id: "", label: t("admin.sites.joins_not") },
                  { id: "listen", label: t("admin.sites.joins_listen") },
                  { id: "speak", label: t("admin.sites.joins_speak") },
                ],
              },
            },
            { path: "static_number", label: t("admin.sites.static_number"), hint: t("admin.sites.static_number_hint"), kind: { is: "text" } },
            { path: "emergency_contacts", label: t("admin.sites.emergency_contacts"), hint: t("admin.users.emergency_contacts_hint"), kind: { is: "addresses" } },
            { path: "emergency_numbers", label: t("admin.sites.emergency_numbers"), hint: t("admin.sites.emergency_numbers_hint"), kind: { is: "lines" } },
            { path: "not_emergency", label: t("admin.sites.not_emergency"), hint: t("admin.sites.not_emergency_hint"), kind: { is: "lines" } },
          ],
        },
      ],
    },
  ],
};
