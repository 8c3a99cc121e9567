// Which microphone and speaker the person chose, so that a reload in the middle of a call speaks into the same ones.
// That, and whether somebody is signed in (session.ts), is all that the screen ever keeps in the browser; it says nothing of any call.

export interface Chosen {
  microphone: string;
  speaker: string;
}

const KEY = "mayday.devices";

/** What was chosen on this machine; "" is the system's own choice. */
export function chosenDevices(): Chosen {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Chosen> | null;
    return { microphone: text(kept?.microphone), speaker: text(kept?.speaker) };
  } catch {
    return { microphone: "", speaker: "" };
  }
}

/** Keeps a choice; a browser that keeps nothing only forgets it. */
export function keepDevices(chosen: Chosen): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(chosen));
  } catch {
    // The choice holds until the page is left.
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
