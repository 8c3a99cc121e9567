// What the browser lets this page do, without asking the person.

/** Whether the person, or a rule of the browser, forbids this page to measure where it is. */
export async function positionDenied(): Promise<boolean> {
  if (!("geolocation" in navigator)) return true;
  try {
    return (await navigator.permissions.query({ name: "geolocation" })).state === "denied";
  } catch {
    return false; // a browser that does not say
  }
}
