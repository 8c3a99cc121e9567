// The Emergency Call Notification Template: written on one side, shown as a mail with sample data on the other.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { CenterChange, Template, TemplateDraft, TemplatePreview } from "../lib/api.gen.ts";
import { Button } from "../lib/components/button.tsx";
import { t } from "../lib/i18n/index.ts";
import type { PageProps } from "./pages.tsx";
import { Heading, Unsure } from "./page.tsx";

const PREVIEW_AFTER_MS = 250;

/** What is typed of the template, kept while other pages are shown. */
interface Typed {
  subject: string;
  body: string;
  saved: { subject: string; body: string };
}

const NAME = "template";

export function TemplatePage({ admin }: PageProps) {
  const typed = useSignal<Typed | null>((admin.lists.get(NAME) as Typed | undefined) ?? null);
  const failed = useSignal(false);
  const preview = useSignal<TemplatePreview | null>(null);
  const away = useSignal(false);
  const said = useSignal("");
  const wrong = useSignal<readonly string[]>([]);
  const type = (next: Typed) => {
    typed.value = next;
    admin.lists.set(NAME, next);
    said.value = "";
  };
  const read = async () => {
    const answer = await admin.ask<{ part: Template }>("GET", "template");
    const standard = await admin.ask<TemplatePreview>("POST", "template/preview", {});
    away.value = answer.is !== "done" || standard.is !== "done";
    if (answer.is !== "done" || standard.is !== "done") return;
    const { subject = "", body = "" } = answer.value.part;
    const shown = { subject: subject || (standard.value.standard.subject ?? ""), body: body || (standard.value.standard.body ?? "") };
    preview.value = standard.value;
    typed.value = { ...shown, saved: shown };
  };
  useEffect(() => {
    if (typed.value === null) void read();
  }, []);
  useEffect(() => {
    const draft = typed.value;
    if (draft === null) return;
    const show = async () => {
      const body: TemplateDraft = { subject: draft.subject, body: draft.body, failed: failed.value };
      const answer = await admin.ask<TemplatePreview>("POST", "template/preview", body);
      if (answer.is === "done" && typed.value === draft) preview.value = answer.value;
    };
    const timer = setTimeout(() => void show(), PREVIEW_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed.value, failed.value]);
  const save = async () => {
    const draft = typed.value;
    if (draft === null) return;
    const standard = preview.value?.standard;
    const set = { subject: draft.subject === standard?.subject ? "" : draft.subject, body: draft.body === standard?.body ? "" : draft.body };
    const answer = await admin.ask<CenterChange>("PATCH", "template", set);
    wrong.value = answer.is === "refused" ? (answer.problem.invalid ?? []).map(({ field, reason }) => mistakeWords(field, reason)) : [];
    if (answer.is === "done") type({ ...draft, saved: { subject: draft.subject, body: draft.body } });
    said.value = answer.is === "done" ? t("admin.form.saved") : answer.is === "refused" ? t("admin.form.refused") : t("admin.form.away");
  };
  return (
    <>
      <Heading>{t("admin.template.heading")}</Heading>
      <p>{t("admin.template.about")}</p>
      {away.value && <Unsure words={t("admin.away")} again={() => void read()} />}
      {typed.value !== null && (
        <div class="template">
          <Editor typed={typed.value} preview={preview.value} onType={type} onSave={() => void save()} said={said.value} wrong={wrong.value} />
          <Mail preview={preview.value} failed={failed.value} onFailed={(on) => (failed.value = on)} />
        </div>
      )}
    </>
  );
}

interface EditorProps {
  typed: Typed;
  preview: TemplatePreview | null;
  said: string;
  wrong: readonly string[];
  onType(typed: Typed): void;
  onSave(): void;
}

function Editor({ typed, preview, said, wrong, onType, onSave }: EditorProps) {
  const last = useRef<HTMLInputElement | HTMLTextAreaElement | null>(null);
  const field = useSignal("");
  const insert = () => {
    const box = last.current ?? document.getElementById("template-body");
    if (!(box instanceof HTMLInputElement || box instanceof HTMLTextAreaElement) || field.value === "") return;
    box.focus();
    box.setRangeText(`{{${field.value}}}`, box.selectionStart ?? box.value.length, box.selectionEnd ?? box.value.length, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const mistakes = (preview?.mistakes ?? []).map(({ field: where, reason }) => mistakeWords(where, reason));
  const dirty = typed.subject !== typed.saved.subject || typed.body !== typed.saved.body;
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
        <Button onClick={() => standard && onType({ ...typed, subject: standard.subject ?? "", body: standard.body ?? "" })}>{t("admin.template.reset")}</Button>
      </div>
    </form>
  );
}

function Mail({ preview, failed, onFailed }: { preview: TemplatePreview | null; failed: boolean; onFailed(on: boolean): void }) {
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
    </section>
  );
}

function mistakeWords(field: string, reason: string): string {
  if (field === "subject") return t("admin.template.in_subject", { reason });
  return field === "body" ? t("admin.template.in_body", { reason }) : reason;
}
