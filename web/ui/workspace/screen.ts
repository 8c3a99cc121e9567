// What the screen shows: a pure function of what the node said last and of what only this tab knows.

import type { Alert, Call, CallDesk, Fault, Window, Workspace } from "../lib/api.gen.ts";
import type { FeedState } from "../lib/feed.ts";
import type { MediaState } from "../lib/media.ts";
import type { MicrophoneState } from "../lib/microphone.ts";

/** What only this tab knows. */
export interface Local {
  signedIn: "asking" | "no" | "yes";
  feed: FeedState;
  /** An emergency call was asked for and the node has not shown it yet. */
  dialling: Dialling | null;
  /** An emergency call was asked for and the node could not be reached, or both were lost. */
  unreached: Unreached | null;
  /** The emergency call that the person wants to end, "" while it has no id yet, else null. */
  ending: string | null;
  media: MediaState;
  microphone: MicrophoneState;
}

export interface Dialling {
  number: string;
  /** The emergency call that was on the screen before, which is not the one that is being dialled. */
  after: string | null;
  /** The node has said that it dials. */
  taken: boolean;
}

export interface Unreached {
  /** The number that was or would have been sent. */
  number: string;
  /** The person has tried again in vain. */
  again: boolean;
}

export type Stage = "placing" | "ringing" | "connected";

/** What is wrong with the sound of an emergency call, the worst thing only. */
export type Trouble = "none" | "reconnecting" | "asking" | "denied" | "missing" | "silent" | "elsewhere";

export type Screen =
  | { kind: "opening"; unreachable: boolean }
  | { kind: "sign_in" }
  | EmergencyScreen
  | CallBackScreen
  | NotConnectedScreen
  | DeskScreen;

/** E1 to E5 and E9. */
export interface EmergencyScreen {
  kind: "emergency";
  stage: Stage;
  trouble: Trouble;
  ending: boolean;
  feedDown: boolean;
  connectedAt: string | null;
  place: string[];
  callbackNumber: string | null;
  /** Name of the rep whom the emergency service wants, where that is somebody else. */
  wanted: string | null;
  /** The security desk, where it takes part. */
  security: CallDesk | null;
  mobile: string;
}

/** E8. */
export interface CallBackScreen {
  kind: "call_back";
  wanted: string | null;
}

/** Why there is no emergency call. */
export type Reason = "routes" | "no_server" | "still_no_server" | "server_back";

/** E6. */
export interface NotConnectedScreen {
  kind: "not_connected";
  reason: Reason;
  number: string;
  mobile: string;
  place: string[];
}

/** E0, E7, E10, E11 and everything ordinary. */
export interface DeskScreen {
  kind: "desk";
  server: Workspace;
  /** Emergency calls of others. While the person has one, they wait: nothing may distract then. */
  alerts: readonly Alert[];
  faults: readonly Fault[];
  call: Call | null;
  window: Window | null;
  /** Whether this person may place drills. */
  drills: boolean;
  feedDown: boolean;
}

export function screenOf(server: Workspace | null, local: Local): Screen {
  if (local.signedIn === "no") return { kind: "sign_in" };
  if (server === null) return { kind: "opening", unreachable: local.feed === "down" && local.signedIn === "yes" };
  if (local.dialling) return placing(server, local);
  if (local.unreached !== null && local.feed !== "open") return unreached(server, local.unreached.again ? "still_no_server" : "no_server", local.unreached);
  const call = server.emergency;
  if (call && call.state === "incoming") return { kind: "call_back", wanted: call.for ?? null };
  if (call && call.state !== "failed") return inProgress(server, call, local);
  if (local.unreached !== null) return unreached(server, "server_back", local.unreached);
  if (call) return { kind: "not_connected", reason: "routes", number: call.number, mobile: server.mobile_number, place: call.place ?? server.place };
  const { alerts = [], faults = [], call: ordinary = null, window = null } = server;
  const drills = server.rep.roles.includes("administrator");
  return { kind: "desk", server, alerts, faults, call: ordinary, window, drills, feedDown: local.feed === "down" };
}

/** Whether an emergency call is in progress or calls back: nothing else may be on the page then. */
export function isEmergency(screen: Screen): boolean {
  return screen.kind === "emergency" || screen.kind === "call_back";
}

function placing(server: Workspace, local: Local): EmergencyScreen {
  return {
    kind: "emergency",
    stage: "placing",
    trouble: microphoneTrouble(local.microphone),
    ending: local.ending !== null,
    feedDown: false,
    connectedAt: null,
    place: server.place,
    callbackNumber: null,
    wanted: null,
    security: null,
    mobile: server.mobile_number,
  };
}

function inProgress(server: Workspace, call: Call, local: Local): EmergencyScreen {
  const trouble = troubleOf(server, call, local);
  return {
    kind: "emergency",
    stage: call.state === "placing" || call.state === "ringing" ? call.state : "connected",
    trouble,
    ending: local.ending !== null,
    feedDown: local.feed === "down",
    connectedAt: call.connected_at ?? null,
    place: call.place ?? server.place,
    callbackNumber: call.callback_number ?? null,
    wanted: call.for ?? null,
    security: call.desk ?? null,
    mobile: server.mobile_number,
  };
}

function troubleOf(server: Workspace, call: Call, local: Local): Trouble {
  const connected = call.state === "connected";
  if (call.sound === "elsewhere") return "elsewhere";
  if (connected && (call.sound === "nowhere" || local.media === "lost")) return "reconnecting";
  const microphone = microphoneTrouble(local.microphone);
  if (microphone !== "none") return microphone;
  if (!connected || server.sound.heard) return "none";
  return local.microphone === "asking" ? "asking" : "silent";
}

function microphoneTrouble(microphone: MicrophoneState): Trouble {
  return microphone === "denied" || microphone === "missing" ? microphone : "none";
}

/** Whether an emergency call that was up has lost both its sound and the node: whatever the screen shows of it is only remembered. */
export function severed(server: Workspace | null, local: Local): boolean {
  const call = server?.emergency;
  const live = call !== undefined && call.state !== "failed" && call.state !== "incoming";
  return live && local.ending === null && local.feed === "down" && local.media !== "connected";
}

function unreached(server: Workspace, reason: Reason, { number }: Unreached): NotConnectedScreen {
  return { kind: "not_connected", reason, number, mobile: server.mobile_number, place: server.place };
}
