// How many call-back numbers each site has, beside how many people may need one.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Number as OurNumber, Rep, Site } from "../lib/api.gen.ts";
import { t } from "../lib/i18n/index.ts";
import type { Admin } from "./admin.ts";
import { poolOf } from "./pool_size.ts";
import type { SitePool } from "./pool_size.ts";
import { everything } from "./rest.ts";

export function Pool({ admin }: { admin: Admin }) {
  const pools = useSignal<readonly SitePool[] | null>(null);
  useEffect(() => {
    const read = async () => {
      const [sites, numbers, reps] = await Promise.all([
        everything<Site>("sites", admin.ask),
        everything<OurNumber>("numbers", admin.ask),
        everything<Rep>("reps", admin.ask),
      ]);
      if (sites !== null && numbers !== null && reps !== null) pools.value = poolOf(sites, numbers, reps);
    };
    void read();
  }, []);
  if (pools.value === null) return null;
  return (
    <section class="card pool" aria-labelledby="pool-heading">
      <h2 id="pool-heading">{t("admin.pool.heading")}</h2>
      <p class="soft">{t("admin.pool.about")}</p>
      <ul>
        {pools.value.map((pool) => (
          <li key={pool.id}>
            {pool.id === "" ? t("admin.pool.no_site", counts(pool)) : t("admin.pool.site", { site: pool.name, ...counts(pool) })}
            {pool.numbers === 0 && pool.reps > 0 && <span class="mark">{pool.fallback ? t("admin.pool.static") : t("admin.pool.none")}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function counts({ numbers, reps }: SitePool): { numbers: string; reps: string } {
  return { numbers: String(numbers), reps: String(reps) };
}
