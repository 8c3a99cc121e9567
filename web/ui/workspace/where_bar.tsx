// The bar that asks where the person is. It takes no focus and holds up no call: Enter in the empty number box says yes, and digits that
// are typed on one of its buttons go to the number box.

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { PlaceChoices, PlaceQuestion } from "../lib/api.gen.ts";
import { Button } from "../lib/components/button.tsx";
import { Choice } from "../lib/components/choice.tsx";
import { Lines } from "../lib/components/lines.tsx";
import { keepFocus, numberBox } from "../lib/focus.ts";
import { t } from "../lib/i18n/index.ts";
import type { Desk } from "./desk.ts";
import type { DeskScreen } from "./screen.ts";
import { proposed } from "./where.ts";

export function WhereBar({ desk, screen }: { desk: Desk; screen: DeskScreen }) {
  const { confirm: question, place } = screen.server;
  const asks = question?.ask === true;
  const position = asksForPosition(desk);
  return (
    <>
      <p class="unseen" aria-live="polite">
        {asks && question ? sentence(question) : ""}
      </p>
      {(question !== undefined || position) && (
        <section class={asks || position ? "banner where where-asks" : "banner where"} aria-label={t("place.region")} onKeyDown={digitsGoToTheNumberBox}>
          {question !== undefined && (desk.where.choosing.value ? <Chooser desk={desk} question={question} /> : <Question desk={desk} question={question} place={place} />)}
          {position && <Position desk={desk} />}
        </section>
      )}
    </>
  );
}

/** The question, or what was answered. */
function Question({ desk, question, place }: { desk: Desk; question: PlaceQuestion; place: readonly string[] }) {
  const yes = question.ask ? proposed(question) : null;
  const choose = () => void desk.where.choose();
  return (
    <>
      <div>
        <p id="place-question" class={question.ask ? "strong" : "soft"}>
          {question.ask ? sentence(question) : answer(question)}
        </p>
        {question.ask && yes !== null && place.length > 0 && !question.network && <Lines lines={place} />}
        {question.ask && question.by_network === true && <p class="soft">{t("place.by_network")}</p>}
        {yes !== null && <p class="soft">{t("place.why")}</p>}
        <Untaken desk={desk} />
      </div>
      <div class="row">
        {yes !== null && (
          <Button look="primary" aria-describedby="place-question" onClick={() => void desk.sayYes().then(() => keepFocus(numberBox))}>
            {t("place.yes")}
          </Button>
        )}
        <Button look={question.ask ? "plain" : "quiet"} onClick={choose}>
          {!question.ask ? t("place.change") : yes === null ? t("place.say") : t("place.elsewhere")}
        </Button>
      </div>
    </>
  );
}

const HOME = "home ";

/** The form in which another place is chosen. Enter says so, Escape closes it. */
function Chooser({ desk, question }: { desk: Desk; question: PlaceQuestion }) {
  const { where } = desk;
  const places = where.places.value;
  const first = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => (document.getElementById("place-choice") ?? first.current)?.focus(), [places === null]);
  const close = () => {
    where.close();
    keepFocus(numberBox);
  };
  return (
    <div class="where-form" onKeyDown={(event) => event.key === "Escape" && close()}>
      <h2 ref={first} tabIndex={-1}>
        {t("place.where")}
      </h2>
      {places !== null && <Form desk={desk} question={question} places={places} close={close} />}
      <Untaken desk={desk} />
      {places === null && (
        <div class="row">
          <Button onClick={close}>{t("place.cancel")}</Button>
        </div>
      )}
    </div>
  );
}

function Form({ desk, question, places, close }: { desk: Desk; question: PlaceQuestion; places: PlaceChoices; close(): void }) {
  const options = [
    ...places.sites.map(({ id, name }) => ({ id, label: name === "" ? id : name })),
    ...(places.home ? [{ id: HOME, label: t("place.home") }] : []),
  ];
  const now = question.home ? HOME : question.site;
  const chosen = useSignal(options.some(({ id }) => id === now) ? now : (options[0]?.id ?? ""));
  const same = chosen.peek() === now;
  const floor = useSignal(same ? (question.floor ?? "") : insideOf(places, chosen.peek()).floor);
  const room = useSignal(same ? (question.room ?? "") : insideOf(places, chosen.peek()).room);
  if (options.length === 0) {
    return (
      <>
        <p>{t("place.none")}</p>
        <div class="row">
          <Button onClick={close}>{t("place.cancel")}</Button>
        </div>
      </>
    );
  }
  const choose = (id: string) => {
    chosen.value = id;
    floor.value = insideOf(places, id).floor;
    room.value = insideOf(places, id).room;
  };
  const say = (event: Event) => {
    event.preventDefault();
    const inside = { ...(floor.value.trim() ? { floor: floor.value.trim() } : {}), ...(room.value.trim() ? { room: room.value.trim() } : {}) };
    const place = chosen.value === HOME ? { home: true, ...inside } : { site: chosen.value, ...inside };
    void desk.where.confirm(place).then((taken) => taken && keepFocus(numberBox));
  };
  return (
    <form onSubmit={say}>
      <Choice id="place-choice" label={t("place.site")} value={chosen.value} options={options} onChoose={choose} />
      <Lines lines={insideOf(places, chosen.value).address} />
      <Inside id="place-floor" label={t("place.floor")} value={floor.value} typed={(text) => (floor.value = text)} />
      <Inside id="place-room" label={t("place.room")} value={room.value} typed={(text) => (room.value = text)} />
      <div class="row">
        <button type="submit" class="button button-primary">
          {t("place.here")}
        </button>
        <Button onClick={close}>{t("place.cancel")}</Button>
      </div>
    </form>
  );
}

function Inside({ id, label, value, typed }: { id: string; label: string; value: string; typed(text: string): void }) {
  return (
    <div class="choice">
      <label for={id}>{label}</label>
      <input id={id} type="text" autocomplete="off" maxLength={40} value={value} onInput={(event) => typed(event.currentTarget.value)} />
    </div>
  );
}

/** What the address of a choice has already. */
function insideOf(places: PlaceChoices, id: string): { floor: string; room: string; address: readonly string[] } {
  const { floor = "", room = "", address = [] } = (id === HOME ? places.home : places.sites.find((site) => site.id === id)) ?? {};
  return { floor, room, address };
}

function Untaken({ desk }: { desk: Desk }) {
  const untaken = desk.where.untaken.value;
  return (
    <p class="complaint" aria-live="polite">
      {untaken === "away" ? t("place.away") : untaken === "refused" ? t("place.refused") : ""}
    </p>
  );
}

/** Asks for the position before the browser does, and says what for. */
function Position({ desk }: { desk: Desk }) {
  const denied = desk.where.permission.value === "denied";
  return (
    <div class="where-position">
      <p>{denied ? t("place.position_denied") : t("place.position_why")}</p>
      <div class="row">
        {!denied && <Button onClick={() => void desk.sharePosition().then(() => keepFocus(numberBox))}>{t("place.position_share")}</Button>}
        <Button
          look="quiet"
          onClick={() => {
            desk.where.positionLater.value = true;
            keepFocus(numberBox);
          }}
        >
          {t("place.position_later")}
        </Button>
      </div>
    </div>
  );
}

function asksForPosition(desk: Desk): boolean {
  const { permission, positionShared, positionLater } = desk.where;
  return !positionLater.value && (permission.value === "prompt" || (permission.value === "denied" && positionShared.value));
}

/** Whoever begins to type a number means to call. The key press itself lands in the number box. */
function digitsGoToTheNumberBox(event: KeyboardEvent): void {
  if (!(event.target instanceof HTMLButtonElement) || event.altKey) return;
  const pastes = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "v";
  if (pastes || (!event.ctrlKey && !event.metaKey && /^[0-9+*#(]$/.test(event.key))) numberBox()?.focus();
}

function sentence(question: PlaceQuestion): string {
  const { name, floor = "", room = "" } = question;
  if (question.home) return t("place.ask_home");
  if (question.network) return t("place.ask", { name });
  if (question.site === "") return t("place.ask_nowhere");
  if (floor !== "" && room !== "") return t("place.ask_floor_room", { name, floor, room });
  if (floor !== "") return t("place.ask_floor", { name, floor });
  if (room !== "") return t("place.ask_room", { name, room });
  return t("place.ask", { name });
}

function answer(question: PlaceQuestion): string {
  const { name, floor = "", room = "" } = question;
  if (question.home) return t("place.said_home");
  if (floor !== "" && room !== "") return t("place.said_floor_room", { name, floor, room });
  if (floor !== "") return t("place.said_floor", { name, floor });
  if (room !== "") return t("place.said_room", { name, room });
  return t("place.said", { name });
}
