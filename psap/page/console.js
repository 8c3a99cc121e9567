// The console of the pretend emergency service: the calls, the one that is looked at, and what can be done
// with it.

import { map, words } from "./map.js";
import { talk } from "./talk.js";

const at = (id) => document.getElementById(id);
const stateNames = { placing: "Calling", ringing: "Ringing", connected: "Connected", ended: "Ended" };
const kindNames = { emergency: "Emergency call", test: "Test call", ordinary: "Ordinary call", call_back: "Call back" };
const pollEvery = 500; // milliseconds
const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hour12: false });

let calls = []; // newest first, in brief
let chosen = ""; // id of the call that is looked at
let shown = null; // the call that is looked at, in full
let talking = null; // { id, stop } while this tab talks
let calledBack = ""; // id of the call back that this tab placed and will talk on
const seen = new Set(); // ids of the calls that were live once

async function ask(path, options) {
  const response = await fetch(`/psap/${path}`, options);
  const text = await response.text();
  const body = text ? JSON.parse(text) : null;
  if (!response.ok) throw new Error(body?.detail ?? response.statusText);
  return body;
}

const post = (path, body = {}) => ask(path, { method: "POST", body: JSON.stringify(body) });
const live = (call) => call.state !== "ended";
const other = (call) => (call.direction === "outgoing" ? call.number_dialled : call.caller_id.number);
const caller = (call) => (call.direction === "outgoing" ? call.number_dialled : call.caller_id.number || "Number withheld");

function say(text) {
  at("notice").textContent = text;
}

function made(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

// told sets a text only where it changed, so that nothing is read out twice.
function told(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text;
}

function clock(from, to) {
  const seconds = Math.max(0, Math.floor((to - from) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function timer(call) {
  const { received, answered, ended } = call.times;
  const to = ended ? Date.parse(ended) : Date.now();
  return answered ? clock(Date.parse(answered), to) : clock(Date.parse(received), to);
}

function stateOf(call) {
  return call.state === "ended" && call.status ? `Ended (${call.status})` : stateNames[call.state];
}

function choose(id) {
  chosen = id;
  shown = null;
  say("");
  return refresh();
}

function listCalls() {
  at("no-calls").hidden = calls.length > 0;
  at("forget").hidden = !calls.some((call) => !live(call));
  const list = at("call-list");
  const wanted = calls.map((call) => {
    const item = list.querySelector(`[data-call="${call.id}"]`)?.parentElement ?? listItem(call);
    const button = item.firstElementChild;
    button.classList.toggle("live", live(call));
    button.setAttribute("aria-pressed", String(call.id === chosen));
    const text = `${kindNames[call.kind]} · ${stateOf(call)} · ${clockTime.format(new Date(call.times.received))}`;
    if (button.lastElementChild.textContent !== text) button.lastElementChild.textContent = text;
    return item;
  });
  if (wanted.length !== list.children.length || wanted.some((item, i) => list.children[i] !== item)) list.replaceChildren(...wanted);
}

function listItem(call) {
  const button = made("button", { type: "button", onclick: () => choose(call.id) }, made("strong", { textContent: caller(call) }), made("small"));
  button.dataset.call = call.id;
  return made("li", {}, button);
}

// A moment in the words of this machine; what is none as it stands.
function moment(text) {
  const time = new Date(text ?? "");
  return Number.isNaN(time.getTime()) ? text : time.toLocaleString();
}

function placeNodes(place) {
  const source = [place.method && `Found by: ${place.method}`, place.provided_by && `Provided by: ${place.provided_by}`, moment(place.timestamp)].filter(Boolean).join(" · ");
  const nodes = [];
  if (place.lines) nodes.push(made("address", {}, ...place.lines.map((line) => made("span", { textContent: line }))));
  if (place.position) nodes.push(made("p", { textContent: words(place.position) }), map(place.position));
  if (place.shape) nodes.push(made("p", { textContent: `Shape: ${place.shape}` }));
  if (source) nodes.push(made("p", { textContent: source }));
  return made("div", { className: "place" }, ...nodes);
}

// raw is the message as it arrived.
function raw(call) {
  const headers = (call.headers ?? []).map((header) => `${header.name}: ${header.value}`);
  return [call.start_line, ...headers, "", call.body ?? ""].join("\n");
}

// brought shows what does not change while a call lasts.
function brought(call) {
  at("caller").textContent = caller(call);
  at("name").textContent = [kindNames[call.kind], call.caller_id.display, call.caller_id.withheld && call.caller_id.number && "asked to withhold the number"].filter(Boolean).join(" · ");
  at("dialled").textContent = call.number_dialled;
  at("source").textContent = call.source;
  at("raw").textContent = raw(call);
  const lines = (call.call_data ?? []).flatMap((block) => block.lines);
  at("call-data-section").hidden = lines.length === 0;
  at("call-data").replaceChildren(...lines.map((line) => made("li", { textContent: line })));
}

let placesShown = ""; // what the places of the call on the page say, so that they are drawn only when they change

// places shows where the caller is, which may change while a call lasts.
function places(call) {
  const now = JSON.stringify([call.id, call.places, call.references]);
  if (now === placesShown) return;
  placesShown = now;
  const nodes = (call.places ?? []).map(placeNodes);
  for (const reference of call.references ?? []) nodes.push(made("p", { textContent: `The call refers to a place: ${reference}` }));
  at("places").replaceChildren(...(nodes.length ? nodes : [made("p", { textContent: "The call brought no place." })]));
}

function soundOf(call) {
  if (!call.codec) return "none yet";
  const heard = call.level_dbov > -127 ? `${call.level_dbov.toFixed(0)} dB, ${call.frequency_hz.toFixed(0)} Hz` : "silent";
  return `${call.codec}, ${live(call) ? heard : "over"}, ${call.packets} packets, ${call.lost} lost`;
}

// progress shows what changes.
function progress(call) {
  places(call);
  told("state", stateOf(call));
  at("state").dataset.state = call.state;
  at("timer").textContent = timer(call);
  told("sound", soundOf(call));
  told("digits", call.digits || "none");
  at("answer").hidden = !(call.state === "ringing" && call.direction === "incoming");
  at("talk").hidden = !(call.state === "connected" && talking?.id !== call.id);
  at("stop-talking").hidden = talking?.id !== call.id;
  at("hang-up").hidden = !live(call);
  at("call-back").hidden = at("withheld-choice").hidden = live(call) || !/^\+?\d+$/.test(other(call));
  at("faults-section").hidden = !call.faults?.length;
  at("faults").replaceChildren(...(call.faults ?? []).map((fault) => made("li", { textContent: fault })));
  at("events").replaceChildren(...call.events.map((event) => made("li", { textContent: `${clockTime.format(new Date(event.at))} ${event.what}` })));
}

// keepFocus moves the focus on when the focused button has gone.
function keepFocus(change) {
  const before = document.activeElement;
  change();
  if (before?.closest?.(".actions") && before.closest("[hidden]")) {
    [...document.querySelectorAll(".actions button")].find((button) => !button.hidden)?.focus();
  }
}

// arrivals looks for calls that are new; the newest takes the page, unless this tab talks.
function arrivals() {
  for (const call of calls.filter((call) => live(call) && !seen.has(call.id)).reverse()) {
    seen.add(call.id);
    if (call.direction === "incoming") at("alert").textContent = `${kindNames[call.kind]} from ${caller(call)}`;
    if (!talking) chosen = call.id;
  }
}

async function refresh() {
  calls = await ask("calls?brief=true&limit=50");
  arrivals();
  if (!calls.some((call) => call.id === chosen)) chosen = calls[0]?.id ?? "";
  listCalls();
  at("call").hidden = !chosen;
  if (!chosen) return;
  const first = shown?.id !== chosen;
  const call = await ask(`calls/${chosen}`);
  if (call.id !== chosen) return; // another was chosen meanwhile
  shown = call;
  if (first) brought(call);
  keepFocus(() => progress(call));
  if (call.id === calledBack && call.state === "connected") {
    calledBack = "";
    attempt(() => startTalking(call.id));
  }
}

async function startTalking(id) {
  talking?.stop();
  const conversation = await talk(id, (reason) => {
    if (talking?.id === id) talking = null;
    say(reason ? `Not talking: ${reason}` : "You do not talk any more.");
  });
  talking = { id, stop: conversation.stop };
  say("You talk with the caller. The tone has stopped.");
}

// attempt runs an action and says what went wrong.
async function attempt(action) {
  try {
    await action();
    await refresh();
  } catch (fault) {
    say(fault.name === "NotAllowedError" || fault.name === "NotFoundError" ? "This browser gives no microphone: the tone goes on." : fault.message);
  }
}

function on(id, action) {
  at(id).addEventListener("click", () => attempt(action));
}

on("answer", async () => {
  const id = chosen;
  await post(`calls/${id}/answer`);
  await startTalking(id);
});
on("talk", () => startTalking(chosen));
on("stop-talking", () => talking?.stop());
on("hang-up", () => post(`calls/${chosen}/hangup`));
on("call-back", async () => {
  const placed = await post("callback", { to: other(shown), withheld: at("withheld").checked });
  calledBack = placed.id;
  await choose(placed.id);
});
on("forget", () => ask("calls", { method: "DELETE" }));
on("manual", async () => {
  const behaviour = await ask("behaviour");
  await post("behaviour", { ...behaviour, manual: at("manual").checked });
});

async function poll() {
  try {
    await refresh();
    if (at("notice").dataset.lost) {
      delete at("notice").dataset.lost;
      say("");
    }
  } catch (fault) {
    at("notice").dataset.lost = "true";
    say(`No answer from the server: ${fault.message}`);
  }
  setTimeout(poll, pollEvery);
}

attempt(async () => {
  at("manual").checked = (await ask("behaviour")).manual === true;
});
poll();
