// Code generated from the Go package web/api by `go test ./web/api -update`. DO NOT EDIT.

/** Organisation is the operator's company. The words and their meaning are those of a center file. */
export interface Organisation {
  name: string;
  country: string;
  time_zone?: string;
  mail_sender?: string;
  emergency_contacts?: string;
  emergency_numbers?: string[];
  not_emergency?: string[];
  lost?: string;
  held?: string;
  drill_every_days?: number;
}

/** Site is a building or a part of one where reps work. */
export interface Site {
  id: string;
  name: string;
  country: string;
  time_zone?: string;
  civic: Civic;
  position?: Position;
  emergency_desk?: string;
  static_number?: string;
  emergency_contacts?: string;
  emergency_numbers?: string[];
  not_emergency?: string[];
  desk_joins?: string;
  language?: string;
}

/** Trunk is a SIP peer that carries calls. Its password and its key are written and never read. */
export interface Trunk {
  id: string;
  kind: string;
  uri: string;
  channels?: number;
  location?: string;
  country?: string;
  test_number?: string;
  username?: string;
  password?: string;
  tls: TrunkTLS;
  srtp?: string;
  register?: boolean;
  ng?: boolean;
  keep_alive_s?: number;
  keep_ordinary?: boolean;
}

/** Number is a telephone number of ours. */
export interface Number {
  e164: string;
  kind: string;
  use: string;
  site?: string;
  rep?: string;
  workstream?: string;
  trunk?: string;
}

/** VoiceRoute is an ordered rule: numbers that match the pattern leave by one of the trunks. */
export interface VoiceRoute {
  id: string;
  order: number;
  pattern: string;
  emergency?: boolean;
  trunks: string[];
  choose?: string;
}

/** CustomPresence is a presence of the organisation's own, on a base one. */
export interface CustomPresence {
  id: string;
  name: string;
  base: string;
}

/** CapacityProfile says how much work of a kind a rep may hold at once. */
export interface CapacityProfile {
  id: string;
  name: string;
  limit: number;
  reset?: string;
  blocking?: boolean;
}

/** OutboundProfile is the number that capacity profiles lend their reps for outgoing calls. */
export interface OutboundProfile {
  id: string;
  name: string;
  number: string;
  capacity_profiles: string[];
  recording?: string;
}

/** Queue is work that waits for one of its members. */
export interface Queue {
  id: string;
  name: string;
  priority?: number;
  members?: string[];
  assignment?: string;
}

/** Workstream is a kind of work and the way that it takes. */
export interface Workstream {
  id: string;
  name: string;
  queue: string;
  capacity_profile: string;
  allowed_presences?: string[];
}

/** Rep is somebody who signs in. The password is written and never read. */
export interface Rep {
  id: string;
  name: string;
  email?: string;
  site?: string;
  roles: string[];
  capacity_profiles?: string[];
  emergency_contacts?: string;
  mailbox_enabled?: boolean;
  mobile?: string;
  home?: Home;
  password?: string;
}

/** Channel is a way beside mail by which people are told. Its secret is written and never read. */
export interface Channel {
  id: string;
  kind: string;
  url: string;
  secret?: string;
  to?: string;
}

/** NotificationRule says who else is told of which emergency calls. */
export interface NotificationRule {
  id: string;
  sites?: string[];
  numbers?: string[];
  tiers: Tier[];
}

/** Template is the mail that emergency contacts receive; empty fields stand for the default text. */
export interface Template {
  subject?: string;
  body?: string;
  html?: string;
}

/** Translation is the template in another language. */
export interface Translation {
  language: string;
  subject?: string;
  body?: string;
  html?: string;
}

/** Civic is an address with floor and room (RFC 5139 §3). */
export interface Civic {
  name?: string;
  building?: string;
  floor?: string;
  room?: string;
  unit?: string;
  house_number?: string;
  house_suffix?: string;
  street?: string;
  city?: string;
  district?: string;
  county?: string;
  region?: string;
  postal_code?: string;
  additional?: string;
}

/** TrunkTLS is how a trunk over TLS and we know each other; texts are PEM. */
export interface TrunkTLS {
  verify?: string;
  authority?: string;
  server_name?: string;
  certificate?: string;
  key?: string;
}

/** Home is where a rep works who does not work at a site today. */
export interface Home {
  country: string;
  civic: Civic;
}

/** Tier is who is told at one time, so many seconds after dialling. */
export interface Tier {
  after_s?: number;
  emergency_contacts?: string;
  channels?: string[];
}

/** Items is a page of one list of the center. */
export interface Items<Item> {
  items: Item[];
  /** of those that match */
  total: number;
  /** of the center; a change may name it in If-Match */
  version: number;
}

/** Part is a part of the center that is no list. */
export interface Part<Of> {
  part: Of;
  version: number;
}

/** BulkEdit changes several items of one list at once: every field that Set names, and no other. */
export interface BulkEdit {
  ids: string[];
  set: Record<string, unknown>;
}

/** Audit is what was changed of the center, the newest first. */
export interface Audit {
  rows: AuditRow[];
}

/** AuditRow is one change of the center. Nothing of an emergency call and nothing secret is in it. */
export interface AuditRow {
  /** of the center that the change made */
  version: number;
  at: string;
  by: string;
  /** "added", "changed", "removed" */
  kind: string;
  /** "rep", "voice route", … */
  what: string;
  id?: string;
  values: AuditValue[];
}

/** AuditValue is a field as it was and as it is, in JSON; what is secret reads "(secret)". */
export interface AuditValue {
  /** empty: the whole item */
  field: string;
  before?: string;
  after?: string;
}

/** Invalid is one thing that is wrong with a change of the center. */
export interface Invalid {
  /** of the item that is changed, "emergency_contacts"; else its place in the center, "numbers[0].site" */
  field: string;
  reason: string;
}

/** DrillOrder is the body of POST /api/v1/drills. */
export interface DrillOrder {
  trunk?: string;
  site?: string;
}

/** Drill is the evidence of a test call through the whole chain. */
export interface Drill {
  passed: boolean;
  /** when it began; none: it was ended for an emergency call */
  at?: string;
  hops: Hop[];
}

/** DrillSchedule is which drills begin by themselves, and how the last ones went. */
export interface DrillSchedule {
  /** about so often; 0: none begins by itself */
  every_days: number;
  ways: DrillWay[];
}

/** DrillWay is a trunk and a site that are drilled together. */
export interface DrillWay {
  /** none: the built-in test service */
  trunk?: string;
  site?: string;
  /** none: not by itself */
  next?: string;
  /** none: there was no drill yet */
  last?: Drill;
}

/** DrillTargets is what a drill can go through. */
export interface DrillTargets {
  /** trunks that have a test service; the built-in one is always there */
  trunks: string[];
}

/** Hop is one line of a drill's evidence. */
export interface Hop {
  at: string;
  what: string;
  failed?: boolean;
}

/** Trace says where a call of a rep would go now, and why. Nothing is dialled for it. */
export interface Trace {
  /** "emergency", "test", "ordinary" */
  kind: string;
  /** the string that would be sent */
  sent: string;
  /** that the rep is taken to be in */
  country: string;
  place: string[];
  position?: Position;
  /** empty: there is none */
  caller_id: string;
  /** of an emergency call's number: "kept", "fresh", "shared", "static", "none" */
  grant?: string;
  /** every rule that was looked at, in order */
  rules: TraceRule[];
  /** as they would be tried */
  trunks: TraceTrunk[];
  /** the built-in test service answers where no trunk does */
  inside?: boolean;
}

/** TraceRule is one rule that was looked at. */
export interface TraceRule {
  /** "voice_route", "direct_offer", "of_country", "serving", "any" */
  kind: string;
  /** of a voice route */
  route?: string;
  /** of a voice route */
  pattern?: string;
  counts: boolean;
  /** "names_number", "marked", "matches", "always", "too_wide", "no_match", "not_needed" */
  reason: string;
  trunks: string[];
  /** they are tried in an order that is drawn for each call */
  random?: boolean;
}

/** TraceTrunk is a trunk that would be tried. */
export interface TraceTrunk {
  trunk: string;
  /** 1: may be tried first; trunks of one turn are tried in an order that is drawn for each call */
  turn: number;
  /** as in TrunkCondition */
  health: string;
  /** how it is told the place: "by_value", "by_reference", "none" */
  conveys: string;
}

/** TrunkCondition is how a trunk does now. */
export interface TrunkCondition {
  trunk: string;
  /** "up", "unanswered", "down", "recovering"; empty: nobody has asked it yet */
  health: string;
  since?: string;
  /** why it is not up, in words for an operator */
  reason?: string;
}

/** TrunkConditions is how every trunk does now, in the order of the center. */
export interface TrunkConditions {
  conditions: TrunkCondition[];
}

/** TemplateDraft is a template that is being written. */
export interface TemplateDraft {
  subject?: string;
  body?: string;
  html?: string;
  /** Language is that of the site: what the draft leaves empty is said in it. */
  language?: string;
  /** show the mail of a call that did not get through */
  failed?: boolean;
}

/** TemplatePreview is the mail that a draft makes of sample data, and what is wrong with the draft. */
export interface TemplatePreview {
  subject: string;
  text: string;
  /** as it is sent, with nothing in it that could do harm; none: the mail is plain text */
  html?: string;
  /** what of the draft's HTML is left out for that, in words */
  left_out: string[];
  mistakes: TemplateMistake[];
  /** insert fields that there are */
  fields: string[];
  /** the default text in the language */
  standard: Template;
  /** Languages are those that have default texts and those that have a template, the organisation's own ("") first. */
  languages: string[];
}

/** TemplateSent is a mail that was sent as a trial. */
export interface TemplateSent {
  to: string;
}

/** TemplateMistake is an insert field that cannot be filled in. */
export interface TemplateMistake {
  /** "subject", "body" or "html" */
  field: string;
  line: number;
  /** in characters */
  column: number;
  reason: string;
}

/** Request is what a browser asks of the node. Do says what; only the fields that Do names are read. */
export interface Request {
  /** echoed in the Reply; chosen by the browser, rising */
  id: number;
  do: Do;
  /** dial, keypad: as typed */
  digits?: string;
  /** presence: "available", "busy", … or a custom id */
  presence?: string;
  /** end, answer, mute, unmute, keypad: the call's id; empty: the only one; acknowledge, listen_in: the alert's */
  call?: string;
  /** media_offer */
  sdp?: string;
  /** microphone: "ready", "denied", "missing" */
  microphone?: string;
  /** position */
  position?: Position;
  /** location: "denied", "missing" */
  location?: string;
  /** confirm_place */
  place?: ConfirmedPlace;
}

/** Do names a request. */
export type Do =
  /** place a call to Digits; a number of an emergency service places an emergency call */
  | "dial"
  /** end the call; a ringing call back cannot be ended by the rep */
  | "end"
  /** answer the call that rings */
  | "answer"
  /** ordinary calls only */
  | "mute"
  /** ordinary calls only */
  | "unmute"
  /** ordinary calls only */
  | "hold"
  /** ordinary calls only: take back a held call */
  | "resume"
  /** ordinary calls only: send Digits as telephone events (RFC 4733) */
  | "keypad"
  /** choose Presence; refused with EMERGENCY_LOCKED during an emergency call */
  | "presence"
  /** SDP offer of this tab's warm connection; the Reply carries the answer */
  | "media_offer"
  /** what this tab knows of its microphone */
  | "microphone"
  /** the position that this browser measured */
  | "position"
  /** why this browser has measured no position */
  | "location"
  /** Place is where the rep is */
  | "confirm_place"
  /** this browser has another network: the rep may be elsewhere */
  | "network_changed"
  /** who is shown the alert: put the alert of Call away, for everybody */
  | "acknowledge"
  /** the emergency desk of the site: take part in the call of an alert, silent at first */
  | "listen_in"
  /** who listens in: be heard by both */
  | "speak"
  /** who listens in: be silent again */
  | "stop_speaking"
  /** who listens in: leave the call, which goes on */
  | "leave"
  /** put away the notice of a call that failed */
  | "dismiss";

/** Position is a point on the globe (WGS 84), the radius in metres. */
export interface Position {
  latitude: number;
  longitude: number;
  radius_m: number;
}

/** ConfirmedPlace is where a rep says to be. Floor and room both empty: as the address has them. */
export interface ConfirmedPlace {
  home?: boolean;
  /** unless at home */
  site?: string;
  floor?: string;
  room?: string;
  /** neither, but the address that the network has told, as the question has it */
  network?: string[];
}

/** PlaceQuestion is where the rep is taken to be, and whether the rep should be asked. */
export interface PlaceQuestion {
  /** never during an emergency call */
  ask: boolean;
  home?: boolean;
  /** id; empty: at home, at the address in network, or nowhere */
  site: string;
  /** of the site, or that address */
  name: string;
  floor?: string;
  room?: string;
  /** when the rep has said so; absent: never */
  at?: string;
  /** neither a site nor home, but this address, line by line, as the network has told it */
  network?: string[];
  /** the network says that the rep is there, and the rep has not said so yet */
  by_network?: boolean;
}

/** Message is what a node sends: exactly one field is set. */
export interface Message {
  reply?: Reply;
  /** the whole state of the rep's screen; each one replaces the one before */
  workspace?: Workspace;
}

/** Reply answers one Request: Refused is nil when the node has done what was asked. */
export interface Reply {
  id: number;
  /** answer to media_offer */
  sdp?: string;
  refused?: Refusal;
}

/** Refusal says in a code and in words why the node did not do what was asked. */
export interface Refusal {
  /** EMERGENCY_LOCKED, NOT_A_NUMBER, NO_SUCH_CALL, … */
  code: string;
  detail: string;
}

/** Workspace is what one rep's screen shows. The node owns it; a click only asks. */
export interface Workspace {
  /** this connection's name; a new one after each reload */
  tab: string;
  rep: Person;
  presence: Presence;
  /** the emergency call of this rep: states E1–E6, E8, E9 */
  emergency?: Call;
  /** the ordinary call of this rep */
  call?: Call;
  /** E7, E10: the emergency service can call back */
  window?: Window;
  /** EmergencyNumbers maps every cleaned string that places an emergency call for this rep now to the number that is sent for it. */
  emergency_numbers: Record<string, string>;
  /** supervisors, administrators, the emergency desk of the site: emergency calls that nobody has acknowledged, the newest first */
  alerts?: Alert[];
  /** the emergency desk of the site: emergency calls in which this person may take part and of which no alert stands any more */
  ongoing?: Alert[];
  /** the emergency desk of the site: the emergency call to which this person listens */
  listening?: Listening;
  /** supervisors, administrators: what is wrong with the node; emergency calls are placed all the same */
  faults?: Fault[];
  /** the place that an emergency call would convey, line by line */
  place: string[];
  /** where the rep has said to be, or is to be asked about */
  confirm?: PlaceQuestion;
  /** the emergency number to dial from a mobile phone here: "112" */
  mobile_number: string;
  /** state of this tab's media connection as the node sees it */
  sound: Sound;
  /** how ready the rep is for an emergency call; never during one */
  ready?: Ready;
}

/** Person is somebody who is signed in. */
export interface Person {
  id: string;
  name: string;
  site: string;
  roles: string[];
}

/** Presence is what the rep's status says and what may be chosen. */
export interface Presence {
  /** id of a choice */
  current: string;
  /** an emergency call holds it at do_not_disturb */
  locked: boolean;
  choices: PresenceChoice[];
}

/** PresenceChoice is a line of the presence menu. */
export interface PresenceChoice {
  id: string;
  /** empty for base presences: the screen translates those */
  name: string;
  base: string;
}

/** CallState is where a call stands. */
export type CallState =
  /** E1: on its way, or trying the next trunk */
  | "placing"
  /** E2: the far end rings */
  | "ringing"
  /** E3, E9: they talk */
  | "connected"
  /** ordinary: on hold */
  | "held"
  /** E6: every route failed */
  | "failed"
  /** E8: a call back rings */
  | "incoming";

/** SoundPlace says where the sound of a call is, seen from this tab. */
export type SoundPlace =
  /** this tab carries it */
  | "here"
  /** another tab of the rep carries it */
  | "elsewhere"
  /** E4: no tab carries it; the far end is still on the line */
  | "nowhere";

/** Call is one call of the rep. */
export interface Call {
  id: string;
  state: CallState;
  incoming?: boolean;
  /** incoming: name of the rep whom they want, where that is somebody else */
  for?: string;
  /** as sent: "911"; far end of an ordinary call */
  number: string;
  /** when it was dialled or came in */
  since: string;
  connected_at?: string;
  /** emergency: what was conveyed, to read out */
  place?: string[];
  /** emergency: the number leased for call backs */
  callback_number?: string;
  sound: SoundPlace;
  muted?: boolean;
  /** emergency: the security desk takes part */
  desk?: CallDesk;
}

/** CallDesk is the security desk in an emergency call of this rep. It can never end the call. */
export interface CallDesk {
  state: DeskState;
  may_speak?: boolean;
}

/** DeskState says how far a security desk has come. */
export type DeskState =
  /** its telephone rings */
  | "ringing"
  /** it hears both and nobody hears it */
  | "listening"
  /** both hear it too */
  | "speaking";

/** Listening is the emergency call of somebody else to which this person of the desk listens. */
export interface Listening {
  call: string;
  /** name */
  rep: string;
  /** name; may be empty */
  site: string;
  may_speak?: boolean;
  speaks?: boolean;
  sound: SoundPlace;
}

/** Alert is an emergency call of somebody else, shown to those who look after the site until one of them acknowledges it. */
export interface Alert {
  /** names it in an acknowledge request */
  call: string;
  /** name */
  rep: string;
  /** name; may be empty */
  site: string;
  number: string;
  place: string[];
  at: string;
  /** every route failed: the emergency service does not know */
  failed?: boolean;
  /** this person may listen in now */
  joins?: boolean;
}

/** Fault is something that is wrong with the node. */
export interface Fault {
  /** "database_away", "disk_full", … */
  code: string;
  /** in words for an operator */
  detail: string;
}

/** Window is the time in which the emergency service can call back. */
export interface Window {
  number: string;
  until: string;
  /** E10: it called and nobody answered */
  missed?: boolean;
}

/** Sound is this tab's media connection as the node sees it. */
export interface Sound {
  connected: boolean;
  /** packets arrive from the microphone */
  heard: boolean;
}

/** PlaceChoices is the body of GET /api/v1/places: where whoever is signed in can say to be. */
export interface PlaceChoices {
  sites: SiteChoice[];
  /** one's own; absent: none is known */
  home?: HomeChoice;
}

/** SiteChoice is a site at which somebody can say to be. */
export interface SiteChoice {
  id: string;
  name: string;
  /** line by line, without floor and room */
  address: string[];
  /** that its address has */
  floor?: string;
  room?: string;
}

/** HomeChoice is one's own home. */
export interface HomeChoice {
  address: string[];
  floor?: string;
  room?: string;
}

/** Colour says how bad it is what is missing for an emergency call. */
export type Colour =
  /** nothing is missing */
  | "green"
  /** something is, and none of it is serious */
  | "amber"
  /** something serious is */
  | "red";

/** Ready is how ready a rep is for an emergency call. */
export interface Ready {
  colour: Colour;
  /** what is missing: "no_trunk", "place_old", …; docs/operating lists them */
  causes: string[];
}

/** RepReadiness is how an emergency call of a rep would be placed now, by what places it, and what is missing. */
export interface RepReadiness {
  rep: string;
  name: string;
  email?: string;
  /** id; empty: none */
  site: string;
  colour: Colour;
  causes: string[];
  /** that the rep is taken to be in */
  country: string;
  /** that would be sent */
  number: string;
  /** trunks as they would be tried; those of one turn in an order that is drawn for each call */
  turns: string[][];
  /** empty: there is none */
  caller_id: string;
  /** that would be conveyed, line by line */
  place: string[];
  /** when the rep has confirmed it; absent: never */
  confirmed_at?: string;
  /** mail addresses */
  told: string[];
  /** of the mails; empty: nobody */
  sender: string;
  /** the last one of the rep's way; absent: there was none */
  drill?: LastDrill;
  /** what is known of the emergency service for the place; absent: nobody is asked */
  service?: MappedService;
  /** where the rep's network is; absent: no location server is asked */
  network?: NetworkPlace;
}

/** NetworkPlace is where the network of a rep says that the rep is, as a location server has told it beforehand. */
export interface NetworkPlace {
  /** "unknown", "valid", "expired" */
  standing: string;
  /** it stands for the place, since the rep has not said where they are */
  used: boolean;
  /** the address, line by line; absent: none was told */
  place?: string[];
  /** a position was told */
  positioned?: boolean;
  /** how the network knows: "Wiremap" */
  method?: string;
  told_at?: string;
  expires_at?: string;
  /** why it did not answer the last question: "locationUnknown", … */
  refused?: string;
  /** since when the server is not reached */
  away_since?: string;
  /** why, in words */
  away?: string;
}

/** LastDrill is how the last drill went by the trunk and to the site by which a rep's call goes and comes back. */
export interface LastDrill {
  /** empty: the built-in test service */
  trunk?: string;
  /** when it began */
  at: string;
  passed: boolean;
}

/** MappedService is the emergency service that looks after a place, as a LoST server has told it beforehand. */
export interface MappedService {
  /** "unknown", "valid", "expired" */
  standing: string;
  /** that a trunk which may be tried first is told; empty: it finds the service itself */
  uri?: string;
  /** that people dial there */
  number?: string;
  /** of the service */
  name?: string;
  /** absent: never, or nothing is known */
  expires_at?: string;
  /** elements of the address that the server does not know: "HNO", "PC" */
  invalid?: string[];
  /** elements that it has not looked at */
  unchecked?: string[];
  /** why it did not answer the last question: "notFound", … */
  refused?: string;
  /** since when it is not reached */
  away_since?: string;
  /** why, in words */
  away?: string;
}

/** CauseCount is how many people lack something. */
export interface CauseCount {
  cause: string;
  colour: Colour;
  reps: number;
}

/** SiteReadiness is how many of a site's people are how ready. */
export interface SiteReadiness {
  /** id; empty: of none */
  site: string;
  name: string;
  red: number;
  amber: number;
  green: number;
}

/** ReadinessMatrix is how ready people are: a page of them, the worst first, and counts of all. */
export interface ReadinessMatrix {
  rows: RepReadiness[];
  /** of those that match */
  total: number;
  /** every cause there is, counted where site and text match */
  causes: CauseCount[];
  /** every site whose people one may see */
  sites: SiteReadiness[];
}

/** Finding is what the dial-plan check has to say of the center in force. */
export interface Finding {
  /** "clash", "warning", "note" */
  level: string;
  /** in the center: "voice_routes[0]" */
  path: string;
  /** where it is cured: a list of the center, "voice_routes", or "organisation" */
  part: string;
  /** of the item; empty: the list as a whole */
  id?: string;
  reason: string;
}

/** Findings is everything that could come between a dialled string and an emergency service, the worst first. */
export interface Findings {
  findings: Finding[];
}

/** History is the body of GET /api/v1/history: the rep's own ordinary conversations, the newest first. */
export interface History {
  rows: HistoryRow[];
}

/** CenterChange is the answer to PUT /api/v1/center. */
export interface CenterChange {
  changes: string[];
  applied: boolean;
  version?: number;
}

/** Readiness is the body of GET /readyz: whether an emergency call could be placed now. */
export interface Readiness {
  ready: boolean;
  /** what stands in the way, in words */
  missing: string[];
}

/** Problem says why a request over HTTP was not done (RFC 9457 §3). */
export interface Problem {
  type?: string;
  title: string;
  status: number;
  code: string;
  detail?: string;
  errors?: string[];
  invalid?: Invalid[];
}

/** SignIn is the body of POST /api/v1/session. */
export interface SignIn {
  username: string;
  password: string;
}

/** Session is who is signed in. */
export interface Session {
  person: Person;
  expires_at: string;
}

/** HistoryRow is one ordinary conversation that has ended. There is no such row for an emergency call. */
export interface HistoryRow {
  id: string;
  number: string;
  incoming: boolean;
  started_at: string;
  connected_at?: string;
  ended_at: string;
  /** "answered", "busy", "no_answer", "failed", "cancelled" */
  outcome: string;
}
