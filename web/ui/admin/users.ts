// User management > Users.

import { t } from "../lib/i18n/index.ts";
import { civicFields } from "./civic.ts";
import type { Field, Listed } from "./form.ts";
import type { Item } from "./item.ts";

const notifications: Field = {
  path: "emergency_contacts",
  label: t("admin.users.emergency_contacts"),
  hint: t("admin.users.emergency_contacts_hint"),
  kind: { is: "addresses" },
};
const site: Field = { path: "site", label: t("admin.users.site"), kind: { is: "one", of: "sites", none: t("admin.users.no_site") } };
const profiles: Field = { path: "capacity_profiles", label: t("admin.users.capacity_profiles"), kind: { is: "some", of: "capacity_profiles" } };

const roles: Field = {
  path: "roles",
  label: t("admin.users.roles"),
  kind: {
    is: "several",
    options: [
      { id: "rep", label: t("admin.users.role_rep") },
      { id: "supervisor", label: t("admin.users.role_supervisor") },
      { id: "administrator", label: t("admin.users.role_administrator") },
      { id: "desk", label: t("admin.users.role_desk") },
    ],
  },
};

export const users: Listed = {
  page: "users",
  part: "reps",
  key: "id",
  heading: t("admin.users.heading"),
  add: t("admin.users.add"),
  addHeading: t("admin.users.add_heading"),
  all: t("admin.users.all"),
  search: t("admin.users.search"),
  blank: { roles: ["rep"] },
  needs: ["sites", "capacity_profiles"],
  nameOf: (item) => text(item, "name") || text(item, "id"),
  columns: [
    { heading: t("admin.users.name"), shows: (item) => text(item, "name") || text(item, "id") },
    { heading: t("admin.users.id"), shows: (item) => text(item, "id") },
    { heading: t("admin.users.roles"), shows: (item) => rolesOf(item) },
    { heading: t("admin.users.site"), shows: (item, names) => names("sites", item["site"]) },
    { heading: t("admin.users.emergency_contacts"), shows: (item) => text(item, "emergency_contacts") },
  ],
  tabs: [
    {
      id: "general",
      label: t("admin.users.general"),
      sections: [
        {
          fields: [
            { path: "id", label: t("admin.users.id"), hint: t("admin.users.id_hint"), kind: { is: "text" } },
            { path: "name", label: t("admin.users.name"), kind: { is: "text" } },
            { path: "email", label: t("admin.users.email"), kind: { is: "text" } },
            { path: "password", label: t("admin.users.password"), hint: t("admin.users.password_hint"), kind: { is: "secret" } },
            roles,
            site,
          ],
        },
        {
          heading: t("admin.users.home"),
          fields: [{ path: "home.country", label: t("admin.country"), hint: t("admin.country_hint"), kind: { is: "text", capital: true } }, ...civicFields("home.civic")],
        },
      ],
    },
    {
      id: "omnichannel",
      label: t("admin.users.omnichannel"),
      sections: [
        {
          fields: [
            notifications,
            { path: "mailbox_enabled", label: t("admin.users.mailbox"), hint: t("admin.users.mailbox_hint"), kind: { is: "yes" } },
            profiles,
            { path: "mobile", label: t("admin.users.mobile"), hint: t("admin.users.mobile_hint"), kind: { is: "text" } },
          ],
        },
      ],
    },
  ],
  bulk: [notifications, site, profiles],
};

export function text(item: Item, name: string): string {
  const value = item[name];
  return value === undefined || value === null ? "" : String(value);
}

function rolesOf(item: Item): string {
  const held = Array.isArray(item["roles"]) ? item["roles"].map(String) : [];
  const known = roles.kind.is === "several" ? roles.kind.options : [];
  return held.map((one) => known.find(({ id }) => id === one)?.label ?? one).join(", ");
}
