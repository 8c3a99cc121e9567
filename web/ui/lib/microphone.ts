// The microphone of this machine: asked for, lost, found again.

/** What this tab knows of its microphone. */
export type MicrophoneState = "asking" | "ready" | "denied" | "missing";

export interface OpenedMicrophone {
  state: MicrophoneState;
  track: MediaStreamTrack | null;
}

/** Opens the wanted microphone ("" is the machine's own choice); when that one is gone, any. Never throws. */
export async function openMicrophone(wanted: string): Promise<OpenedMicrophone> {
  if (!navigator.mediaDevices) return { state: "missing", track: null };
  try {
    return { state: "ready", track: await capture(wanted) };
  } catch (error) {
    if (!blocked(error) && wanted !== "") return openMicrophone("");
    return { state: blocked(error) ? "denied" : "missing", track: null };
  }
}

async function capture(wanted: string): Promise<MediaStreamTrack> {
  const audio: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  if (wanted !== "") audio.deviceId = { exact: wanted };
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  const track = stream.getAudioTracks()[0];
  if (!track) throw new DOMException("no audio track", "NotFoundError");
  return track;
}

function blocked(error: unknown): boolean {
  return error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "SecurityError");
}

/** A microphone or loudspeaker that can be chosen. */
export interface Device {
  id: string;
  label: string;
}

export interface Devices {
  microphones: Device[];
  speakers: Device[];
}

/** What is plugged in now. Labels are empty until the microphone is allowed. */
export async function pluggedIn(): Promise<Devices> {
  if (!navigator.mediaDevices) return { microphones: [], speakers: [] };
  const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return { microphones: ofKind(all, "audioinput"), speakers: ofKind(all, "audiooutput") };
}

function ofKind(all: MediaDeviceInfo[], kind: MediaDeviceKind): Device[] {
  return all
    .filter((device) => device.kind === kind && device.deviceId !== "")
    .map((device) => ({ id: device.deviceId, label: device.label }));
}

/** Calls back when something is plugged in or out, or when the person allows the microphone after all. Returns how to stop. */
export function onMicrophoneChange(changed: () => void): () => void {
  navigator.mediaDevices?.addEventListener("devicechange", changed);
  let permission: PermissionStatus | null = null;
  void navigator.permissions
    ?.query({ name: "microphone" as PermissionName })
    .then((status) => {
      permission = status;
      status.addEventListener("change", changed);
    })
    .catch(() => undefined);
  return () => {
    navigator.mediaDevices?.removeEventListener("devicechange", changed);
    permission?.removeEventListener("change", changed);
  };
}
