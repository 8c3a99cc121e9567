// Where this browser is. It is measured at sign-in and when the network changes, never while dialling.

import type { Position } from "./api.gen.ts";

/** What the browser says of this page and the position: it gives it, it would ask the person first, or it does not give it. */
export type Permission = "granted" | "prompt" | "denied";

/** Asks the browser, which asks nobody. A browser that does not say is taken to give it. */
export async function positionPermission(): Promise<Permission> {
  if (!("geolocation" in navigator)) return "denied";
  try {
    return (await navigator.permissions.query({ name: "geolocation" })).state;
  } catch {
    return "granted";
  }
}

/** The measured position, or null when the person or the machine does not give one. */
export function measuredPosition(): Promise<Position | null> {
  if (!("geolocation" in navigator)) return Promise.resolve(null);
  return new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ latitude: coords.latitude, longitude: coords.longitude, radius_m: coords.accuracy }),
      () => resolve(null),
      { enableHighAccuracy: true, maximumAge: 60_000, timeout: 20_000 },
    );
  });
}

type Connection = EventTarget & { readonly type?: string };

/** Calls back when the network of this machine changes, which may mean that the machine has moved. Returns how to stop. */
export function onNetworkChange(changed: () => void): () => void {
  const connection = (navigator as Navigator & { connection?: Connection }).connection;
  let type = connection?.type;
  // The event also tells of every new estimate of the speed; only another kind of network counts.
  const compare = () => {
    if (connection?.type === type) return;
    type = connection?.type;
    changed();
  };
  window.addEventListener("online", changed);
  connection?.addEventListener("change", compare);
  return () => {
    window.removeEventListener("online", changed);
    connection?.removeEventListener("change", compare);
  };
}
