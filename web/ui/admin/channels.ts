// Channels: ways beside mail by which people are told.

import { t } from "../lib/i18n/index.ts";
import type { Listed, Option } from "./form.ts";
import { labelIn } from "./numbers.ts";
import { text } from "./users.ts";

const kinds: Option[] = [
  { id: "webhook", label: t("admin.channels.webhook") },
  { id: "sms", label: t("admin.channels.sms") },
];

export const channels: Listed = {
  page: "channels",
  part: "channels",
  key: "id",
  heading: t("admin.channels.heading"),
  about: t("admin.channels.about"),
  add: t("admin.channels.add"),
  addHeading: t("admin.channels.add_heading"),
  all: t("admin.channels.all"),
  search: t("admin.channels.search"),
  blank: { kind: "webhook" },
  needs: [],
  nameOf: (item) => text(item, "id"),
  columns: [
    { heading: t("admin.id"), shows: (item) => text(item, "id") },
    { heading: t("admin.channels.kind"), shows: (item) => labelIn(kinds, text(item, "kind")) },
    { heading: t("admin.channels.url"), shows: (item) => text(item, "url") },
    { heading: t("admin.channels.to"), shows: (item) => text(item, "to") },
  ],
  tabs: [
    {
      id: "channel",
      label: t("admin.channels.heading"),
      sections: [
        {
          fields: [
            { path: "id", label: t("admin.id"), hint: t("admin.id_hint"), kind: { is: "text" } },
            { path: "kind", label: t("admin.channels.kind"), kind: { is: "choice", options: kinds } },
            { path: "url", label: t("admin.channels.url"), hint: t("admin.channels.url_hint"), kind: { is: "text" } },
            { path: "secret", label: t("admin.channels.secret"), hint: t("admin.channels.secret_hint"), kind: { is: "secret" } },
            { path: "to", label: t("admin.channels.to"), hint: t("admin.channels.to_hint"), kind: { is: "text" } },
          ],
        },
      ],
    },
  ],
};
