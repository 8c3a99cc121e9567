// The types of web/api as TypeScript sees them.

export interface Request {
  id: number;
  do: Do;
  digits?: string;
  presence?: string;
  call?: string;
  sdp?: string;
  microphone?: string;
  position?: Position;
}

export type Do =
  | "dial"
  | "end"
  | "answer"
  | "mute"
  | "unmute"
  | "hold"
  | "resume"
  | "keypad"
  | "presence"
  | "media_offer"
  | "microphone"
  | "position"
  | "dismiss";

export interface Position {
  latitude: number;
  longitude: number;
  radius_m: number;
}

export interface Message {
  reply?: Reply;
  workspace?: Workspace;
}

export interface Reply {
  id: number;
  sdp?: string;
  refused?: Refusal;
}

export interface Refusal {
  code: string;
  detail: string;
}

export interface Workspace {
  tab: string;
  rep: Person;
  presence: Presence;
  emergency?: Call;
  call?: Call;
  window?: Window;
  emergency_numbers: Record<string, string>;
  place: string[];
  mobile_number: string;
  sound: Sound;
}

export interface Person {
  id: string;
  name: string;
  site: string;
  roles: string[];
}

export interface Presence {
  current: string;
  locked: boolean;
  choices: PresenceChoice[];
}

export interface PresenceChoice {
  id: string;
  name: string;
  base: string;
}

export type CallState = "placing" | "ringing" | "connected" | "held" | "failed" | "incoming";

export type SoundPlace = "here" | "elsewhere" | "nowhere";

export interface Call {
  id: string;
  state: CallState;
  incoming?: boolean;
  number: string;
  since: string;
  connected_at?: string;
  place?: string[];
  callback_number?: string;
  sound: SoundPlace;
  muted?: boolean;
}

export interface Window {
  number: string;
  until: string;
  missed?: boolean;
}

export interface Sound {
  connected: boolean;
  heard: boolean;
}

export interface SignIn {
  username: string;
  password: string;
}

export interface Session {
  person: Person;
  expires_at: string;
}

export interface HistoryRow {
  id: string;
  number: string;
  incoming: boolean;
  started_at: string;
  connected_at?: string;
  ended_at: string;
  outcome: string;
}
