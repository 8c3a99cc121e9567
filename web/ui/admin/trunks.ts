// Trunks, with every word that a center file has for them.

import { t } from "../lib/i18n/index.ts";
import type { Listed, Option } from "./form.ts";
import { labelIn } from "./numbers.ts";
import { text } from "./users.ts";

const kinds: Option[] = [
  { id: "direct_offer", label: t("admin.kind.direct_offer") },
  { id: "direct_routing", label: t("admin.kind.direct_routing") },
];

export const trunks: Listed = {
  page: "trunks",
  part: "trunks",
  key: "id",
  heading: t("admin.trunks.heading"),
  add: t("admin.trunks.add"),
  addHeading: t("admin.trunks.add_heading"),
  all: t("admin.trunks.all"),
  search: t("admin.trunks.search"),
  blank: { kind: "direct_offer" },
  needs: [],
  nameOf: (item) => text(item, "id"),
  columns: [
    { heading: t("admin.id"), shows: (item) => text(item, "id") },
    { heading: t("admin.trunks.kind"), shows: (item) => labelIn(kinds, text(item, "kind")) },
    { heading: t("admin.trunks.uri"), shows: (item) => text(item, "uri") },
    { heading: t("admin.trunks.country"), shows: (item) => text(item, "country") || t("admin.trunks.all_countries") },
  ],
  tabs: [
    {
      id: "trunk",
      label: t("admin.trunks.heading"),
      sections: [
        {
          fields: [
            { path: "id", label: t("admin.id"), hint: t("admin.id_hint"), kind: { is: "text" } },
            { path: "kind", label: t("admin.trunks.kind"), kind: { is: "choice", options: kinds } },
            { path: "uri", label: t("admin.trunks.uri"), hint: t("admin.trunks.uri_hint"), kind: { is: "text" } },
            { path: "country", label: t("admin.trunks.country"), hint: t("admin.trunks.country_hint"), kind: { is: "text", capital: true } },
            { path: "channels", label: t("admin.trunks.channels"), hint: t("admin.trunks.channels_hint"), kind: { is: "number" } },
            { path: "keep_ordinary", label: t("admin.trunks.keep_ordinary"), hint: t("admin.trunks.keep_ordinary_hint"), kind: { is: "yes" } },
          ],
        },
        {
          heading: t("admin.trunks.emergency"),
          fields: [
            {
              path: "location",
              label: t("admin.trunks.location"),
              kind: {
                is: "choice",
                options: [
                  { id: "", label: t("admin.trunks.location_usual") },
                  { id: "by_value", label: t("admin.conveys.by_value") },
                  { id: "by_reference", label: t("admin.conveys.by_reference") },
                  { id: "none", label: t("admin.conveys.none") },
                ],
              },
            },
            { path: "test_number", label: t("admin.trunks.test_number"), hint: t("admin.trunks.test_number_hint"), kind: { is: "text" } },
            { path: "ng", label: t("admin.trunks.ng"), hint: t("admin.trunks.ng_hint"), kind: { is: "yes" } },
          ],
        },
        {
          heading: t("admin.trunks.connection"),
          fields: [
            { path: "register", label: t("admin.trunks.register"), hint: t("admin.trunks.register_hint"), kind: { is: "yes" } },
            { path: "username", label: t("admin.trunks.username"), kind: { is: "text" } },
            { path: "password", label: t("admin.trunks.password"), hint: t("admin.secret_hint"), kind: { is: "secret" } },
            { path: "keep_alive_s", label: t("admin.trunks.keep_alive"), hint: t("admin.trunks.keep_alive_hint"), kind: { is: "number" } },
          ],
        },
        {
          heading: t("admin.trunks.encryption"),
          fields: [
            {
              path: "srtp",
              label: t("admin.trunks.srtp"),
              kind: {
                is: "choice",
                options: [
                  { id: "", label: t("admin.trunks.srtp_none") },
                  { id: "sdes", label: t("admin.trunks.srtp_sdes") },
                  { id: "sdes_required", label: t("admin.trunks.srtp_required") },
                ],
              },
            },
            {
              path: "tls.verify",
              label: t("admin.trunks.verify"),
              kind: { is: "choice", options: [{ id: "", label: t("admin.trunks.verify_full") }, { id: "none", label: t("admin.trunks.verify_none") }] },
            },
            { path: "tls.server_name", label: t("admin.trunks.server_name"), hint: t("admin.trunks.server_name_hint"), kind: { is: "text" } },
            { path: "tls.authority", label: t("admin.trunks.authority"), hint: t("admin.trunks.authority_hint"), kind: { is: "long", code: true } },
            { path: "tls.certificate", label: t("admin.trunks.certificate"), hint: t("admin.trunks.certificate_hint"), kind: { is: "long", code: true } },
            { path: "tls.key", label: t("admin.trunks.key"), hint: t("admin.secret_hint"), kind: { is: "long", code: true } },
          ],
        },
      ],
    },
  ],
};
