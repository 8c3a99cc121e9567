// The page of the mailbox: what came, newest first, and the mail that is looked at.

const at = (id) => document.getElementById(id);
const pollEvery = 1000; // milliseconds
const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hour12: false });
const dayTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hour12: false });

let mails = []; // newest first, in brief
let chosen = ""; // id of the mail that is looked at
let first = true; // nothing has been fetched yet
let polling = false; // a poll is under way

async function ask(path, options) {
  const response = await fetch(`/mail/${path}`, options);
  const text = await response.text();
  const body = text ? JSON.parse(text) : null;
  if (!response.ok) throw new Error(body?.detail ?? response.statusText);
  return body;
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

const subject = (mail) => mail.subject || "No subject";

function listItem(mail) {
  const button = made("button", { type: "button", onclick: () => open(mail.id, true) },
    made("strong", { textContent: subject(mail) }),
    made("small", { textContent: `${clockTime.format(new Date(mail.received))} · to ${mail.to.join(", ")}` }));
  button.dataset.mail = mail.id;
  return made("li", {}, button);
}

function list() {
  at("no-mails").hidden = mails.length > 0;
  at("forget").hidden = mails.length === 0;
  document.title = mails.length ? `Mailbox (${mails.length})` : "Mailbox";
  const items = at("mails");
  const wanted = mails.map((mail) => items.querySelector(`[data-mail="${mail.id}"]`)?.parentElement ?? listItem(mail));
  for (const item of wanted) item.firstElementChild.setAttribute("aria-pressed", String(item.firstElementChild.dataset.mail === chosen));
  if (wanted.length !== items.children.length || wanted.some((item, i) => items.children[i] !== item)) items.replaceChildren(...wanted);
}

function way(mail) {
  return [mail.tls ? "encrypted" : "not encrypted", mail.username && `signed in as ${mail.username}`].filter(Boolean).join(", ");
}

// open shows a mail; a person's click also takes the keyboard there.
async function open(id, focus) {
  chosen = id;
  list();
  try {
    const mail = await ask(`messages/${id}`);
    if (chosen !== id) return;
    told("subject", subject(mail));
    told("from", mail.from);
    told("to", mail.to.join(", "));
    told("received", dayTime.format(new Date(mail.received)));
    told("way", way(mail));
    told("unread", mail.fault ? `This mail could not be read: ${mail.fault}` : "");
    told("text", mail.text ?? "");
    told("raw", mail.raw ?? "");
    at("mail").hidden = false;
    if (focus) at("subject").focus();
  } catch (fault) {
    told("fault", fault.message);
  }
}

function shut() {
  chosen = "";
  at("mail").hidden = true;
}

// refresh shows what is new. The newest mail opens by itself while nobody reads an older one.
async function refresh() {
  const before = mails;
  mails = await ask("messages?brief=true");
  told("fault", "");
  const known = new Set(before.map((mail) => mail.id));
  const fresh = mails.filter((mail) => !known.has(mail.id));
  if (chosen && !mails.some((mail) => mail.id === chosen)) shut();
  list();
  if (fresh.length && !first) told("news", fresh.length === 1 ? `New mail: ${subject(fresh[0])}` : `${fresh.length} new mails`);
  if (fresh.length && (!chosen || chosen === before[0]?.id)) await open(mails[0].id, false);
  first = false;
}

async function poll() {
  if (polling) return;
  polling = true;
  try {
    await refresh();
  } catch {
    told("fault", "The mailbox does not answer. This page tries again by itself.");
  } finally {
    polling = false;
  }
}

at("forget").addEventListener("click", async () => {
  await ask("messages", { method: "DELETE" }).catch((fault) => told("fault", fault.message));
  await poll();
  at("mails-title").scrollIntoView({ block: "nearest" });
});

poll();
setInterval(poll, pollEvery);
