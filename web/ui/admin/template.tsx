// The Emergency Call Notification Template: written on one side, shown as a mail with sample data on the other.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { CenterChange, Template, TemplateDraft, TemplatePreview, TemplateSent } from "../lib/api.gen.ts";
import { Button } from "../lib/components/button.tsx";
import { Choice } from "../lib/components/choice.tsx";
import { languageName, t } from "../lib/i18n/index.ts";
import type { Admin } from "./admin.ts";
import type { PageProps } from "./pages.tsx";
import { Heading, Unsure } from "./page.tsx";
import type { Answer } from "./rest.ts";

const PREVIEW_AFTER_MS = 250;

/** The words of a template; what is empty is the standard text. */
interface Words {
  subject: string;
  body: string;
  html: string;
}

/** What is typed of the template, kept while other pages are shown. */
interface Typed extends Words {
  saved: Words;
}

const NAME = "template";

export function TemplatePage({ admin }: PageProps) {
  const language = useSignal("");
  const kept = () => (admin.lists.get(`${NAME} ${language.value}`) as Typed | undefined) ?? null;
  const typed = useSignal<Typed | null>(kept());
  const failed = useSignal(false);
  const preview = useSignal<TemplatePreview | null>(null);
  const drawn = useSignal<string | null>(null); // the draft that the preview is of
  const away = useSignal(false);
  const said = useSignal("");
  const wrong = useSignal<readonly string[]>([]);
  const type = (next: Typed) => {
    typed.value = next;
    admin.lists.set(`${NAME} ${language.value}`, next);
    said.value = "";
  };
  const read = async () => {
    const asked = language.value;
    const answer = await admin.ask<{ part: Template }>("GET", pathOf(asked));
    const standard = await admin.ask<TemplatePreview>("POST", "template/preview", { language: asked });
    if (asked !== language.value) return;
    const part = answer.is === "missing" ? {} : answer.is === "done" ? answer.value.part : null;
    away.value = part === null || standard.is !== "done";
    if (part === null || standard.is !== "done") return;
    const { subject = "", body = "", html = "" } = part;
    const text = body === "" && html === "" ? (standard.value.standard.body ?? "") : body;
    const shown = { subject: subject || (standard.value.standard.subject ?? ""), body: text, html };
    preview.value = standard.value;
    typed.value = { ...shown, saved: shown };
  };
  useEffect(() => {
    typed.value = kept();
    wrong.value = [];
    if (typed.value === null) void read();
  }, [language.value]);
  useEffect(() => {
    const draft = typed.value;
    if (draft === null) return;
    const show = async () => {
      const asked = draftOf(draft, language.value, failed.value);
      const answer = await admin.ask<TemplatePreview>("POST", "template/preview", asked);
      if (answer.is !== "done" || typed.value !== draft) return;
      preview.value = answer.value;
      drawn.value = JSON.stringify(asked);
    };
    const timer = setTimeout(() => void show(), PREVIEW_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed.value, failed.value]);
  const save = async () => {
    const draft = typed.value;
    if (draft === null) return;
    const answer = await put(admin, language.value, wordsOf(draft, preview.value?.standard));
    wrong.value = answer.is === "refused" ? (answer.problem.invalid ?? []).map(({ field, reason }) => mistakeWords(field, reason)) : [];
    if (answer.is === "done") type({ ...draft, saved: { subject: draft.subject, body: draft.body, html: draft.html } });
    said.value = answer.is === "done" ? t("admin.form.saved") : answer.is === "refused" ? t("admin.form.refused") : t("admin.form.away");
  };
  const send = async () => {
    const draft = typed.value;
    if (draft === null) return;
    wrong.value = [];
    said.value = t("admin.template.sending");
    const answer = await admin.ask<TemplateSent>("POST", "template/test", draftOf(draft, language.value, failed.value));
    if (answer.is === "done") said.value = t("admin.template.sent", { address: answer.value.to });
    else said.value = answer.is === "refused" ? t("admin.template.not_sent", { reason: answer.problem.detail ?? "" }) : t("admin.form.away");
  };
  return (
    <>
      <Heading>{t("admin.template.heading")}</Heading>
      <p>{t("admin.template.about")}</p>
      <LanguageChoice languages={preview.value?.languages ?? [""]} chosen={language.value} onChoose={(next) => (language.value = next)} />
      {away.value && <Unsure words={t("admin.away")} again={() => void read()} />}
      {typed.value !== null && (
        <div class="template">
          <Editor
            typed={typed.value}
            preview={preview.value}
            onType={type}
            onSave={() => void save()}
            onSend={() => void send()}
            said={said.value}
            wrong={wrong.value}
          />
          <Mail preview={preview.value} drawn={drawn.value} failed={failed.value} onFailed={(on) => (failed.value = on)} />
        </div>
      )}
    </>
  );
}

function pathOf(language: string): string {
  return language === "" ? "template" : `translations/${encodeURIComponent(language)}`;
}

function draftOf({ subject, body, html }: Typed, language: string, failed: boolean): TemplateDraft {
  return { subject, body, html, language, failed };
}

/** What is the standard text is not saved: it goes on to be the standard's own when that changes. */
function wordsOf({ subject, body, html }: Words, standard: Template | undefined): Words {
  return { subject: subject === standard?.subject ? "" : subject, body: body === standard?.body ? "" : body, html };
}

async function put(admin: Admin, language: string, words: Words): Promise<Answer<CenterChange>> {
  if (language === "") return admin.ask<CenterChange>("PATCH", "template", words);
  if (words.subject !== "" || words.body !== "" || words.html !== "") {
    return admin.ask<CenterChange>("PUT", pathOf(language), { language, ...words });
  }
  const removed = await admin.ask<CenterChange>("DELETE", pathOf(language));
  return removed.is === "missing" ? { is: "done", value: { applied: true, changes: [], version: 0 } as unknown as CenterChange } : removed;
}

function LanguageChoice({ languages, chosen, onChoose }: { languages: readonly string[]; chosen: string; onChoose(language: string): void }) {
  const options = languages.map((language) => ({ id: language, label: language === "" ? t("admin.template.any_language") : languageName(language) }));
  return <Choice id="template-language" label={t("admin.template.language")} value={chosen} options={options} onChoose={onChoose} />;
}

interface EditorProps {
  typed: Typed;
  preview: TemplatePreview | null;
  said: string;
  wrong: readonly string[];
  onType(typed: Typed): void;
  onSave(): void;
  onSend(): void;
}

function Editor({ typed, preview, said, wrong, onType, onSave, onSend }: EditorProps) {
  const last = useRef<HTMLInputElement | HTMLTextAreaElement | null>(null);
  const field = useSignal("");
  const insert = () => {
    const box = last.current ?? document.getElementById("template-body");
    if (!(box instanceof HTMLInputElement || box instanceof HTMLTextAreaElement) || field.value === "") return;
    box.focus();
    box.setRangeText(`{{${field.value}}}`, box.selectionStart ?? box.value.length, box.selectionEnd ?? box.value.length, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const leftOut = (preview?.left_out ?? []).map((what) => t("admin.template.left_out", { what }));
  const mistakes = [...(preview?.mistakes ?? []).map(({ field: where, reason }) => mistakeWords(where, reason)), ...leftOut];
  const { saved } = typed;
  const dirty = typed.subject !== saved.subject || typed.body !== saved.body || typed.html !== saved.html;
  const standard = preview?.standard;
  return (
    <form
      class="card"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSave();
      }}
    >
      <div class="field">
        <label for="template-subject">{t("admin.template.subject")}</label>
        <input
          id="template-subject"
          autocomplete="off"
          value={typed.subject}
          aria-describedby="template-mistakes"
          onFocus={(event) => (last.current = event.currentTarget)}
          onInput={(event) => onType({ ...typed, subject: event.currentTarget.value })}
        />
      </div>
      <div class="field">
        <label for="template-body">{t("admin.template.body")}</label>
        <textarea
          id="template-body"
          rows={18}
          value={typed.body}
          aria-describedby="template-mistakes"
          onFocus={(event) => (last.current = event.currentTarget)}
          onInput={(event) => onType({ ...typed, body: event.currentTarget.value })}
        />
      </div>
      <div class="field">
        <label for="template-html">{t("admin.template.html")}</label>
        <textarea
          id="template-html"
          rows={8}
          value={typed.html}
          aria-describedby="template-mistakes template-html-about"
          onFocus={(event) => (last.current = event.currentTarget)}
          onInput={(event) => onType({ ...typed, html: event.currentTarget.value })}
        />
        <p id="template-html-about" class="soft">
          {t("admin.template.html_about")}
        </p>
      </div>
      <ul id="template-mistakes" class="complaint" aria-live="polite">
        {mistakes.map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
      <div class="row">
        <div class="field">
          <label for="template-field">{t("admin.template.field")}</label>
          <select id="template-field" value={field.value} onChange={(event) => (field.value = event.currentTarget.value)}>
            <option value="">{t("admin.form.choose_one")}</option>
            {(preview?.fields ?? []).map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <Button onClick={insert}>{t("admin.template.insert")}</Button>
      </div>
      <div class={wrong.length > 0 ? "outcome outcome-bad" : "outcome"} role="status">
        <p class="strong">{said}</p>
        <ul>
          {wrong.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      </div>
      <div class="row">
        <Button type="submit" look="primary">
          {t("admin.form.save")}
        </Button>
        {dirty && <Button onClick={() => onType({ ...typed, ...typed.saved })}>{t("admin.form.discard")}</Button>}
        <Button onClick={() => standard && onType({ ...typed, subject: standard.subject ?? "", body: standard.body ?? "", html: "" })}>{t("admin.template.reset")}</Button>
        <Button onClick={onSend}>{t("admin.template.send")}</Button>
      </div>
    </form>
  );
}

function Mail({ preview, drawn, failed, onFailed }: { preview: TemplatePreview | null; drawn: string | null; failed: boolean; onFailed(on: boolean): void }) {
  return (
    <section class="card" aria-labelledby="preview-heading">
      <h2 id="preview-heading">{t("admin.template.preview")}</h2>
      <label class="yes">
        <input type="checkbox" checked={failed} onChange={(event) => onFailed(event.currentTarget.checked)} />
        <span>{t("admin.template.failed")}</span>
      </label>
      <p class="strong">{preview?.subject ?? ""}</p>
      <pre class="mail" tabIndex={0} role="region" aria-label={t("admin.template.text")}>
        {preview?.text ?? ""}
      </pre>
      {preview?.html !== undefined && drawn !== null && <Drawn key={drawn} draft={drawn} />}
    </section>
  );
}

const FRAME = "mail-preview";

/** The mail as its readers see it: a page of the node's with a policy of its own, asked for by a form. */
function Drawn({ draft }: { draft: string }) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.submit(), []);
  return (
    <>
      <form ref={form} method="post" action="/api/v1/template/preview.html" target={FRAME} hidden>
        <input type="hidden" name="draft" value={draft} />
      </form>
      <iframe class="mail" name={FRAME} sandbox="" title={t("admin.template.html_preview")} />
    </>
  );
}

function mistakeWords(field: string, reason: string): string {
  if (field === "subject") return t("admin.template.in_subject", { reason });
  if (field.endsWith("html")) return t("admin.template.in_html", { reason });
  return field === "body" ? t("admin.template.in_body", { reason }) : reason;
}
