// The pages of the admin center. A further page is one line in this list, and a file of its own.

import type { ComponentChildren, ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { DrillSchedule } from "./drill_schedule.tsx";
import { Drill } from "../lib/components/drill.tsx";
import { t } from "../lib/i18n/index.ts";
import { AddressBookPage } from "./address_book.tsx";
import type { Admin } from "./admin.ts";
import { AuditPage } from "./audit.tsx";
import { channels } from "./channels.ts";
import type { Choices } from "./fields.tsx";
import type { Listed, Option } from "./form.ts";
import { TrunkCondition, useConditions } from "./health.tsx";
import type { Item } from "./item.ts";
import { ItemPage } from "./item_page.tsx";
import { ListPage } from "./list_page.tsx";
import { LintPage } from "./lint.tsx";
import { numbers } from "./numbers.ts";
import { organisation } from "./organisation.ts";
import { Heading } from "./page.tsx";
import { Pool } from "./pool.tsx";
import { ReadinessPage } from "./readiness.tsx";
import { everything } from "./rest.ts";
import { routes } from "./routes.ts";
import { rules } from "./rules.ts";
import { sites } from "./sites.ts";
import { TemplatePage } from "./template.tsx";
import { Tracer } from "./tracer.tsx";
import { trunks } from "./trunks.ts";
import { text, users } from "./users.ts";

export interface PageProps {
  admin: Admin;
}

export interface Page {
  id: string;
  group: string;
  label: string;
  Show: ComponentType<PageProps>;
}

const ready = t("admin.group.ready");
const people = t("admin.group.people");
const calls = t("admin.group.calls");
const told = t("admin.group.told");

export const pages: readonly Page[] = [
  { id: "users", group: people, label: t("admin.users.menu"), Show: (props) => <OfList {...props} listed={users} /> },
  { id: "sites", group: people, label: t("admin.sites.heading"), Show: (props) => <OfList {...props} listed={sites} /> },
  { id: "organisation", group: people, label: t("admin.organisation.heading"), Show: OrganisationPage },
  { id: "address_book", group: people, label: t("admin.address_book.heading"), Show: AddressBookPage },
  { id: "numbers", group: calls, label: t("admin.numbers.heading"), Show: (props) => <OfList {...props} listed={numbers} above={<Pool admin={props.admin} />} /> },
  { id: "trunks", group: calls, label: t("admin.trunks.heading"), Show: TrunksPage },
  { id: "routes", group: calls, label: t("admin.routes.heading"), Show: RoutesPage },
  { id: "drills", group: calls, label: t("admin.drills.heading"), Show: DrillsPage },
  { id: "readiness", group: ready, label: t("admin.readiness.heading"), Show: ReadinessPage },
  { id: "lint", group: ready, label: t("admin.lint.heading"), Show: LintPage },
  { id: "rules", group: told, label: t("admin.rules.heading"), Show: (props) => <OfList {...props} listed={rules} /> },
  { id: "channels", group: told, label: t("admin.channels.heading"), Show: (props) => <OfList {...props} listed={channels} /> },
  { id: "template", group: told, label: t("admin.template.menu"), Show: TemplatePage },
  { id: "audit", group: told, label: t("admin.audit.heading"), Show: AuditPage },
];

/** The page of an address; the first one for an address that has none. */
export function pageOf(id: string): Page {
  return pages.find((page) => page.id === id) ?? (pages[0] as Page);
}

interface OfListProps extends PageProps {
  listed: Listed;
  above?: ComponentChildren;
  below?: (choices: Choices) => ComponentChildren;
  extra?: { heading: string; shows(item: Item): ComponentChildren };
}

/** A list, or one item of it. */
function OfList({ admin, listed, above, below, extra }: OfListProps) {
  const { item, adding } = admin.route.value;
  const choices = useChoices(admin, listed.needs);
  if (adding || item !== null) return <ItemPage admin={admin} listed={listed} id={item} choices={choices} />;
  return <ListPage admin={admin} listed={listed} choices={choices} above={above} below={below?.(choices)} {...(extra ? { extra } : {})} />;
}

/** The items of other lists by their names, read anew for every page. */
function useChoices(admin: Admin, parts: readonly string[]): Choices {
  const known = admin.choices;
  useEffect(() => {
    for (const part of parts) {
      void everything<Item>(part, admin.ask).then((items) => {
        if (items !== null) known.value = new Map([...known.value, [part, items.map(optionOf)]]);
      });
    }
  }, []);
  return (part) => known.value.get(part) ?? null;
}

function optionOf(item: Item): Option {
  const id = text(item, "id");
  return { id, label: text(item, "name") || id };
}

function TrunksPage({ admin }: PageProps) {
  const conditions = useConditions(admin);
  const extra = { heading: t("admin.trunks.condition"), shows: (item: Item) => <TrunkCondition conditions={conditions} id={text(item, "id")} /> };
  return <OfList admin={admin} listed={trunks} extra={extra} />;
}

function RoutesPage({ admin }: PageProps) {
  return <OfList admin={admin} listed={routes} below={(choices) => <Tracer admin={admin} choices={choices} />} />;
}

function OrganisationPage({ admin }: PageProps) {
  return <ItemPage admin={admin} listed={organisation} id={organisation.part} choices={() => []} />;
}

function DrillsPage({ admin }: PageProps) {
  const choices = useChoices(admin, ["sites"]);
  return (
    <>
      <Heading>{t("admin.drills.heading")}</Heading>
      <Drill drills={admin.drills} feedDown={admin.watch.feedDown.value} />
      <DrillSchedule admin={admin} choices={choices} />
    </>
  );
}
