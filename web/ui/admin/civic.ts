// The fields of a civic address, wherever it stands.

import { t } from "../lib/i18n/index.ts";
import type { Field } from "./form.ts";

export function civicFields(at: string): Field[] {
  const field = (name: string, label: string): Field => ({ path: `${at}.${name}`, label, kind: { is: "text" } });
  return [
    field("name", t("admin.civic.name")),
    field("building", t("admin.civic.building")),
    field("floor", t("admin.civic.floor")),
    field("room", t("admin.civic.room")),
    field("unit", t("admin.civic.unit")),
    field("house_number", t("admin.civic.house_number")),
    field("house_suffix", t("admin.civic.house_suffix")),
    field("street", t("admin.civic.street")),
    field("city", t("admin.civic.city")),
    field("district", t("admin.civic.district")),
    field("county", t("admin.civic.county")),
    field("region", t("admin.civic.region")),
    field("postal_code", t("admin.civic.postal_code")),
    field("additional", t("admin.civic.additional")),
  ];
}
