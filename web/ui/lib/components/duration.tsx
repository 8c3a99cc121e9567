import { useEffect, useState } from "preact/hooks";
import { length } from "../i18n/index.ts";

/** The time since a moment, ticking. It is not a live region: nobody reads it out. */
export function Duration({ since, label }: { since: string; label: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span class="duration" role="timer" aria-live="off" aria-label={label}>
      {length(now - Date.parse(since))}
    </span>
  );
}
