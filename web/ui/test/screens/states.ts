// The states that the pretend node shows, one for each line of the table of states.

import type { Alert, Call, HistoryRow, PlaceQuestion, Workspace } from "../../lib/api.gen.ts";

export const place = ["Acme Headquarters", "1 Main St, floor 4, room 412", "Springfield, IL 62701", "United States"];

export const calm: Workspace = {
  tab: "t1",
  rep: { id: "alice", name: "Alice Doe", site: "hq", roles: ["rep"] },
  presence: {
    current: "lunch",
    locked: false,
    choices: [
      { id: "available", name: "", base: "available" },
      { id: "busy", name: "", base: "busy" },
      { id: "do_not_disturb", name: "", base: "do_not_disturb" },
      { id: "away", name: "", base: "away" },
      { id: "offline", name: "", base: "offline" },
      { id: "lunch", name: "Out for lunch", base: "away" },
    ],
  },
  emergency_numbers: { "112": "112", "911": "112", "9112": "112" },
  place,
  mobile_number: "112",
  sound: { connected: true, heard: true },
};

export const recents: HistoryRow[] = [
  row("h1", "+12175550199", false, "answered"),
  row("h2", "+4531331234", true, "no_answer"),
  row("h3", "+442079460123", false, "busy"),
];

function row(id: string, number: string, incoming: boolean, outcome: string): HistoryRow {
  const at = new Date(2026, 2, 4, 9, 30).toISOString();
  return { id, number, incoming, outcome, started_at: at, ended_at: at };
}

/** The same state with an emergency call in it. */
export function emergency(call: Partial<Call>, sound = calm.sound): Workspace {
  const whole: Call = {
    id: "e1",
    state: "placing",
    number: "112",
    since: new Date().toISOString(),
    place,
    callback_number: "+12175550101",
    sound: "here",
    ...call,
  };
  return { ...calm, sound, emergency: whole, presence: { ...calm.presence, current: "do_not_disturb", locked: true } };
}

export function ordinary(call: Partial<Call>): Workspace {
  const whole: Call = { id: "c1", state: "connected", number: "+12175550199", since: new Date().toISOString(), sound: "here", ...call };
  return { ...calm, call: whole };
}

/** 15:42 by the clock of the browser. */
export function callBackUntil(missed: boolean): Workspace {
  const until = new Date();
  until.setHours(15, 42, 0, 0);
  return { ...calm, window: { number: "+12175550101", until: until.toISOString(), ...(missed ? { missed } : {}) } };
}

export const connectedAt = () => new Date(Date.now() - 127_000).toISOString();

/** What a supervisor is shown while an emergency call of a rep is not acknowledged: dialled at 15:42 by the clock of the browser. */
export function alert(more: Partial<Alert> = {}): Alert {
  const at = new Date();
  at.setHours(15, 42, 0, 0);
  return { call: "e7", rep: "Alice Doe", site: "Headquarters", number: "911", place, at: at.toISOString(), ...more };
}

/** A state as a supervisor sees it. */
export function watching(state: Workspace, ...alerts: Alert[]): Workspace {
  return { ...state, rep: { id: "sam", name: "Sam Poe", site: "hq", roles: ["supervisor"] }, alerts };
}

/** A state as an administrator sees it. */
export function administering(state: Workspace): Workspace {
  return { ...state, rep: { id: "ada", name: "Ada Poe", site: "hq", roles: ["administrator"] } };
}

/** A state in which the node asks where the person is, or knows it. */
export function asked(more: Partial<PlaceQuestion> = {}): Workspace {
  return { ...calm, confirm: { ask: true, site: "hq", name: "Headquarters", floor: "4", room: "412", ...more } };
}
