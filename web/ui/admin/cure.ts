// Where what is missing for an emergency call is cured: a page of the admin center, or a mail to the person whose browser it is.

import type { Finding, RepReadiness } from "../lib/api.gen.ts";
import type { Route } from "./route.ts";

export type Cure = { is: "user" | "site" | "numbers" | "add_number" | "trunks" | "add_trunk" | "drills" | "organisation"; to: Partial<Route> } | { is: "write"; address: string };

export function cureOf(cause: string, { rep, site, email = "" }: RepReadiness): Cure {
  const user: Cure = { is: "user", to: { page: "users", item: rep } };
  switch (cause) {
    case "no_position":
    case "location_denied":
    case "no_microphone":
    case "microphone_denied":
    case "microphone_not_said":
    case "no_sound":
    case "no_workspace":
    case "place_not_confirmed":
    case "place_old":
    case "country_uncertain":
    case "position_wide":
    case "position_elsewhere":
    case "not_located":
    case "network_disagrees":
      return email === "" ? user : { is: "write", address: email };
    case "country_not_supported":
    case "no_place":
    case "not_mapped":
    case "mapping_guessed":
    case "mapping_changed":
    case "place_not_valid":
    case "service_number":
      return site === "" ? user : { is: "site", to: { page: "sites", item: site } };
    case "pool_empty":
    case "pool_small":
    case "caller_id_abroad":
      return { is: "add_number", to: { page: "numbers", adding: true } };
    case "number_rule":
      return { is: "numbers", to: { page: "numbers" } };
    case "no_trunk":
      return { is: "add_trunk", to: { page: "trunks", adding: true } };
    case "all_trunks_down":
    case "first_trunk_down":
      return { is: "trunks", to: { page: "trunks" } };
    case "drill_failed":
    case "drill_overdue":
      return { is: "drills", to: { page: "drills" } };
    case "mapping_expired":
    case "lost_away":
    case "network_place_old":
    case "held_away":
      return { is: "organisation", to: { page: "organisation" } }; // which servers are asked
    default:
      return user;
  }
}

/** The page on which what the dial-plan check has found is cured; null: there is none. */
export function placeOf({ part, id = "" }: Finding): Partial<Route> | null {
  const page = pageNamed(part);
  if (page === null) return null;
  return id === "" ? { page } : { page, item: id };
}

function pageNamed(part: string): string | null {
  switch (part) {
    case "sites":
    case "trunks":
    case "numbers":
    case "organisation":
    case "channels":
      return part;
    case "voice_routes":
      return "routes";
    case "notification_rules":
      return "rules";
    default:
      return null;
  }
}
