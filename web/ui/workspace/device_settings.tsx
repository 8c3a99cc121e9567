// Microphone and speaker: which ones, and whether they work. A panel beside the call, never in its way.

import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "../lib/components/button.tsx";
import { Choice } from "../lib/components/choice.tsx";
import type { Option } from "../lib/components/choice.tsx";
import { ordinal, t } from "../lib/i18n/index.ts";
import { onMicrophoneChange, pluggedIn } from "../lib/microphone.ts";
import type { Device, Devices } from "../lib/microphone.ts";
import type { Desk } from "./desk.ts";

const PANEL = "device-settings";
const OPENER = "device-settings-button";

export function DeviceSettingsButton({ desk, large = false }: { desk: Desk; large?: boolean }) {
  const open = desk.settingsOpen.value;
  const toggle = () => {
    desk.settingsOpen.value = !open;
    if (!open) requestAnimationFrame(() => document.getElementById(PANEL)?.focus());
  };
  return (
    <Button id={OPENER} large={large} aria-expanded={open} aria-controls={open ? PANEL : undefined} onClick={toggle}>
      {t("devices.settings")}
    </Button>
  );
}

export function DeviceSettings({ desk }: { desk: Desk }) {
  const open = desk.settingsOpen.value;
  useEffect(() => {
    if (!open) return;
    const escape = (event: KeyboardEvent) => {
      if (event.key === "Escape") close(desk);
    };
    document.addEventListener("keydown", escape);
    return () => document.removeEventListener("keydown", escape);
  }, [desk, open]);
  return open ? <Panel desk={desk} /> : null;
}

function close(desk: Desk): void {
  desk.settingsOpen.value = false;
  document.getElementById(OPENER)?.focus();
}

function Panel({ desk }: { desk: Desk }) {
  const devices = usePluggedIn(desk);
  return (
    <section id={PANEL} class="card devices" tabIndex={-1} aria-labelledby={`${PANEL}-heading`}>
      <h2 id={`${PANEL}-heading`}>{t("devices.settings")}</h2>
      <MicrophoneState desk={desk} />
      <Choice
        id="microphone"
        label={t("devices.microphone")}
        value={desk.sound.chosen.value.microphone}
        options={options(devices.microphones, t("devices.system_microphone"), (position) => t("devices.numbered_microphone", { position }))}
        onChoose={(id) => desk.sound.useMicrophone(id)}
      />
      <Choice
        id="speaker"
        label={t("devices.speaker")}
        value={desk.sound.chosen.value.speaker}
        options={options(devices.speakers, t("devices.system_speaker"), (position) => t("devices.numbered_speaker", { position }))}
        onChoose={(id) => desk.sound.useSpeaker(id)}
      />
      <Level desk={desk} />
      <div>
        <Button onClick={() => void desk.sound.page.test()}>{t("devices.test")}</Button>
      </div>
      <div class="row">
        <Button look="quiet" onClick={() => close(desk)}>
          {t("devices.close")}
        </Button>
      </div>
    </section>
  );
}

function MicrophoneState({ desk }: { desk: Desk }) {
  const state = desk.sound.microphone.value;
  if (state === "ready") return null;
  if (!window.isSecureContext) return <p class="strong">{t("devices.insecure")}</p>;
  if (state === "asking") return <p>{t("devices.asking")}</p>;
  return (
    <div class="row">
      <p>{state === "denied" ? t("devices.denied") : t("devices.missing")}</p>
      <Button onClick={() => desk.sound.useMicrophone()}>{t("devices.ask_again")}</Button>
    </div>
  );
}

/** How loud the microphone is. A meter is no live region: it moves and is read only when asked for. */
function Level({ desk }: { desk: Desk }) {
  const track = desk.sound.track.value;
  const meter = useRef<HTMLDivElement>(null);
  useEffect(() => {
    show(meter.current, 0);
    return track ? desk.sound.page.meter(track, (level) => show(meter.current, level)) : undefined;
  }, [desk, track]);
  return (
    <div class="choice">
      <span id="level">{t("devices.level")}</span>
      <div ref={meter} class="meter" role="meter" aria-labelledby="level" aria-valuemin={0} aria-valuemax={100} aria-valuenow={0}>
        <div class="meter-bar" />
      </div>
    </div>
  );
}

function show(meter: HTMLDivElement | null, level: number): void {
  const percent = Math.round(level * 100);
  meter?.setAttribute("aria-valuenow", String(percent));
  meter?.style.setProperty("--level", `${percent}%`);
}

function usePluggedIn(desk: Desk): Devices {
  const [devices, setDevices] = useState<Devices>({ microphones: [], speakers: [] });
  const microphone = desk.sound.microphone.value;
  useEffect(() => {
    let current = true;
    const read = () => void pluggedIn().then((found) => current && setDevices(found));
    read();
    const stop = onMicrophoneChange(read);
    return () => {
      current = false;
      stop();
    };
  }, [microphone]);
  return devices;
}

/** The choices of a list: the machine's own first, then each device that has an id of its own. */
function options(devices: readonly Device[], own: string, numbered: (position: string) => string): Option[] {
  const real = devices.filter((device) => device.id !== "default");
  return [{ id: "", label: own }, ...real.map((device, index) => ({ id: device.id, label: device.label || numbered(ordinal(index)) }))];
}
