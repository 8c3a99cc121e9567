// What is missing for an emergency call, in words.

import type { Colour } from "./api.gen.ts";
import { t } from "./i18n/index.ts";

export function causeWords(cause: string): string {
  switch (cause) {
    case "no_outbound_profile":
      return t("cause.no_outbound_profile");
    case "no_position":
      return t("cause.no_position");
    case "country_not_supported":
      return t("cause.country_not_supported");
    case "mailbox_not_enabled":
      return t("cause.mailbox_not_enabled");
    case "number_rule":
      return t("cause.number_rule");
    case "pool_empty":
      return t("cause.pool_empty");
    case "no_trunk":
      return t("cause.no_trunk");
    case "all_trunks_down":
      return t("cause.all_trunks_down");
    case "no_place":
      return t("cause.no_place");
    case "no_microphone":
      return t("cause.no_microphone");
    case "microphone_denied":
      return t("cause.microphone_denied");
    case "location_denied":
      return t("cause.location_denied");
    case "no_sound":
      return t("cause.no_sound");
    case "pool_small":
      return t("cause.pool_small");
    case "first_trunk_down":
      return t("cause.first_trunk_down");
    case "place_not_confirmed":
      return t("cause.place_not_confirmed");
    case "place_old":
      return t("cause.place_old");
    case "country_uncertain":
      return t("cause.country_uncertain");
    case "position_wide":
      return t("cause.position_wide");
    case "countries_disagree":
      return t("cause.countries_disagree");
    case "no_contacts":
      return t("cause.no_contacts");
    case "call_back_chain":
      return t("cause.call_back_chain");
    case "microphone_not_said":
      return t("cause.microphone_not_said");
    case "no_workspace":
      return t("cause.no_workspace");
    case "caller_id_abroad":
      return t("cause.caller_id_abroad");
    case "not_mapped":
      return t("cause.not_mapped");
    case "mapping_expired":
      return t("cause.mapping_expired");
    case "mapping_guessed":
      return t("cause.mapping_guessed");
    case "mapping_changed":
      return t("cause.mapping_changed");
    case "place_not_valid":
      return t("cause.place_not_valid");
    case "service_number":
      return t("cause.service_number");
    case "lost_away":
      return t("cause.lost_away");
    case "position_elsewhere":
      return t("cause.position_elsewhere");
    case "not_located":
      return t("cause.not_located");
    case "network_place_old":
      return t("cause.network_place_old");
    case "network_disagrees":
      return t("cause.network_disagrees");
    case "held_away":
      return t("cause.held_away");
    case "drill_failed":
      return t("cause.drill_failed");
    case "drill_overdue":
      return t("cause.drill_overdue");
    default:
      return t("cause.other", { cause });
  }
}

export function colourWords(colour: Colour): string {
  switch (colour) {
    case "red":
      return t("colour.red");
    case "amber":
      return t("colour.amber");
    case "green":
      return t("colour.green");
  }
}
