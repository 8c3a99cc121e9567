// Voice routes, in their order.

import { t } from "../lib/i18n/index.ts";
import type { Listed } from "./form.ts";
import { text } from "./users.ts";

export const routes: Listed = {
  page: "routes",
  part: "voice_routes",
  key: "id",
  heading: t("admin.routes.heading"),
  about: t("admin.routes.about"),
  add: t("admin.routes.add"),
  addHeading: t("admin.routes.add_heading"),
  all: t("admin.routes.all"),
  search: t("admin.routes.search"),
  blank: {},
  needs: ["trunks", "reps"],
  nameOf: (item) => text(item, "id"),
  columns: [
    { heading: t("admin.id"), shows: (item) => text(item, "id") },
    { heading: t("admin.routes.order"), shows: (item) => text(item, "order") },
    { heading: t("admin.routes.pattern"), shows: (item) => text(item, "pattern") },
    { heading: t("admin.routes.trunks"), shows: (item) => (Array.isArray(item["trunks"]) ? item["trunks"].join(", ") : "") },
    { heading: t("admin.routes.emergency"), shows: (item) => (item["emergency"] === true ? t("admin.yes") : "") },
  ],
  tabs: [
    {
      id: "route",
      label: t("admin.routes.heading"),
      sections: [
        {
          fields: [
            { path: "id", label: t("admin.id"), hint: t("admin.id_hint"), kind: { is: "text" } },
            { path: "order", label: t("admin.routes.order"), hint: t("admin.routes.order_hint"), kind: { is: "number" } },
            { path: "pattern", label: t("admin.routes.pattern"), hint: t("admin.routes.pattern_hint"), kind: { is: "text" } },
            { path: "emergency", label: t("admin.routes.emergency"), hint: t("admin.routes.emergency_hint"), kind: { is: "yes" } },
            { path: "trunks", label: t("admin.routes.trunks"), kind: { is: "ordered", of: "trunks" } },
            {
              path: "choose",
              label: t("admin.routes.choose"),
              kind: { is: "choice", options: [{ id: "", label: t("admin.routes.in_order") }, { id: "random", label: t("admin.routes.random") }] },
            },
          ],
        },
      ],
    },
  ],
};
