import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import type { SignedIn } from "../session.ts";

type Outcome = SignedIn["is"] | "waiting" | null;

export interface SignInProps {
  signIn(username: string, password: string): Promise<SignedIn["is"]>;
}

export function SignInPage({ signIn }: SignInProps) {
  const username = useRef<HTMLInputElement>(null);
  const [outcome, setOutcome] = useState<Outcome>(null);
  useLayoutEffect(() => username.current?.focus(), []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setOutcome("waiting");
    setOutcome(await signIn(text(form, "username"), text(form, "password")));
  };

  const complaint = complaintOf(outcome);
  return (
    <main class="sheet">
      <h1>{t("sign_in.heading")}</h1>
      <form onSubmit={(event) => void submit(event)}>
        <div class="field">
          <label for="username">{t("sign_in.username")}</label>
          <input id="username" name="username" ref={username} autocomplete="username" autocapitalize="none" spellcheck={false} required />
        </div>
        <div class="field">
          <label for="password">{t("sign_in.password")}</label>
          <input id="password" name="password" type="password" autocomplete="current-password" required />
        </div>
        <p class="complaint" role="alert">
          {complaint}
        </p>
        <button type="submit" class="button button-primary button-large" aria-busy={outcome === "waiting"}>
          {t("sign_in.submit")}
        </button>
      </form>
    </main>
  );
}

function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}

function complaintOf(outcome: Outcome): string {
  switch (outcome) {
    case "no":
      return t("sign_in.wrong");
    case "slow_down":
      return t("sign_in.slow_down");
    case "unreachable":
      return t("sign_in.unreachable");
    default:
      return "";
  }
}
