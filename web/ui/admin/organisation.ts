// What is so for the organisation as a whole.

import { t } from "../lib/i18n/index.ts";
import type { Listed } from "./form.ts";
import { text } from "./users.ts";

export const organisation: Listed = {
  page: "organisation",
  part: "organisation",
  key: "",
  heading: t("admin.organisation.heading"),
  add: "",
  addHeading: "",
  all: "",
  search: "",
  blank: {},
  needs: [],
  nameOf: (item) => text(item, "name") || t("admin.organisation.heading"),
  columns: [],
  tabs: [
    {
      id: "organisation",
      label: t("admin.organisation.heading"),
      sections: [
        {
          fields: [
            { path: "name", label: t("admin.organisation.name"), kind: { is: "text" } },
            { path: "country", label: t("admin.country"), hint: t("admin.country_hint"), kind: { is: "text", capital: true } },
            { path: "time_zone", label: t("admin.sites.time_zone"), hint: t("admin.organisation.time_zone_hint"), kind: { is: "zone" } },
          ],
        },
        {
          heading: t("admin.sites.emergency"),
          fields: [
            { path: "emergency_contacts", label: t("admin.organisation.emergency_contacts"), kind: { is: "addresses" } },
            { path: "mail_sender", label: t("admin.organisation.mail_sender"), hint: t("admin.organisation.mail_sender_hint"), kind: { is: "text" } },
            { path: "emergency_numbers", label: t("admin.organisation.emergency_numbers"), hint: t("admin.sites.emergency_numbers_hint"), kind: { is: "lines" } },
            { path: "not_emergency", label: t("admin.organisation.not_emergency"), hint: t("admin.sites.not_emergency_hint"), kind: { is: "lines" } },
            { path: "drill_every_days", label: t("admin.organisation.drill_every_days"), hint: t("admin.organisation.drill_every_days_hint"), kind: { is: "number" } },
          ],
        },
        {
          heading: t("admin.organisation.servers"),
          fields: [
            { path: "lost", label: t("admin.organisation.lost"), hint: t("admin.organisation.lost_hint"), kind: { is: "text" } },
            { path: "held", label: t("admin.organisation.held"), hint: t("admin.organisation.held_hint"), kind: { is: "text" } },
          ],
        },
      ],
    },
  ],
};
