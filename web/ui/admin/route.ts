// Which page an address stands for, and back: /admin/users, /admin/users/alice, /admin/users?add.

export interface Route {
  /** A page's id; "" for whatever the first page is. */
  page: string;
  /** The item that is shown alone; null: the list. */
  item: string | null;
  /** A new item is being written. */
  adding: boolean;
}

const ROOT = "/admin";

export function routeOf(path: string, query = ""): Route {
  const [page = "", item = ""] = path.slice(ROOT.length).split("/").filter((part) => part !== "").map(plain);
  const adding = item === "" && new URLSearchParams(query).has("add");
  return { page, item: item === "" ? null : item, adding };
}

export function addressOf({ page, item = null, adding = false }: Partial<Route>): string {
  const parts = [page ?? "", item ?? ""].filter((part) => part !== "").map(encodeURIComponent);
  return [ROOT, ...parts].join("/") + (adding ? "?add" : "");
}

function plain(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
