import { useSignal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { Button } from "../lib/components/button.tsx";
import { Faults } from "../lib/components/faults.tsx";
import { SignInPage } from "../lib/components/sign_in.tsx";
import { Watched } from "../lib/components/watched.tsx";
import { t } from "../lib/i18n/index.ts";
import type { Admin } from "./admin.ts";
import { Link } from "./page.tsx";
import { pageOf, pages } from "./pages.tsx";
import type { Page } from "./pages.tsx";

export function App({ admin }: { admin: Admin }) {
  const looking = admin.looking.value;
  const letOut = () => admin.watch.letOut();
  return (
    <div class="app" onPointerDown={letOut} onKeyDown={letOut}>
      {looking === "asking" && <Sheet words={t("admin.opening")} />}
      {looking === "unreachable" && <Sheet words={t("app.unreachable")} />}
      {looking === "no" && <SignInPage signIn={(username, password) => admin.signIn(username, password)} />}
      {looking === "not_allowed" && <NotAllowed admin={admin} />}
      {looking === "yes" && <Signed admin={admin} />}
    </div>
  );
}

function Sheet({ words }: { words: string }) {
  return (
    <main class="sheet">
      <h1>{t("admin.title")}</h1>
      <p role="status">{words}</p>
    </main>
  );
}

function NotAllowed({ admin }: { admin: Admin }) {
  return (
    <main class="sheet">
      <h1>{t("admin.title")}</h1>
      <p role="alert">{t("admin.not_allowed")}</p>
      <a class="button" href="/">
        {t("admin.workspace")}
      </a>
      <Button onClick={() => void admin.signOut()}>{t("app.sign_out")}</Button>
    </main>
  );
}

function Signed({ admin }: { admin: Admin }) {
  const { route, watch } = admin;
  const page = pageOf(route.value.page);
  const title = t("admin.page_title", { page: page.label });
  const { item, adding } = route.value;
  useLayoutEffect(() => {
    document.title = watch.alerts.value.length > 0 ? t("app.needs_you") : title;
  }, [title, watch.alerts.value.length]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), document.querySelector<HTMLElement>("#main h1")?.focus())}>
        {t("admin.skip")}
      </a>
      <header class="top">
        <span class="app-name">{t("admin.title")}</span>
        <span class="signed-in">{t("app.signed_in_as", { name: admin.person.value?.name ?? "" })}</span>
        <a class="button button-quiet" href="/">
          {t("admin.workspace")}
        </a>
        <Button look="quiet" onClick={() => void admin.signOut()}>
          {t("app.sign_out")}
        </Button>
      </header>
      <Watched watch={watch} />
      {watch.faults.value.length > 0 && <Faults faults={watch.faults.value} />}
      <p class="feed-down" aria-live="polite">
        {watch.feedDown.value ? t("app.feed_down") : ""}
      </p>
      <div class="admin">
        <Navigation admin={admin} page={page} />
        <main id="main" class="admin-page">
          <page.Show key={`${page.id}/${item ?? ""}${adding ? "?" : ""}`} admin={admin} />
        </main>
      </div>
    </>
  );
}

function Navigation({ admin, page }: { admin: Admin; page: Page }) {
  const open = useSignal(false);
  const groups = [...new Set(pages.map(({ group }) => group))];
  return (
    <nav class="menu" aria-label={t("admin.menu")}>
      <Button aria-expanded={open.value} aria-controls="menu" onClick={() => (open.value = !open.value)}>
        {t("admin.menu")}
      </Button>
      <div id="menu" class={open.value ? "menu-open" : undefined} onClick={() => (open.value = false)}>
        {groups.map((group) => (
          <section key={group}>
            <h2>{group}</h2>
            <ul>
              {pages
                .filter((one) => one.group === group)
                .map((one) => (
                  <li key={one.id}>
                    <Link admin={admin} to={{ page: one.id }} current={one === page}>
                      {one.label}
                    </Link>
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </div>
    </nav>
  );
}
