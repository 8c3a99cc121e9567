// Items of the center as a form changes them: a value by its path, what differs between two, and two people's changes put together.

export type Item = Readonly<Record<string, unknown>>;

/** The value at a path such as "civic.floor"; undefined when there is none. */
export function valueAt(item: Item, path: string): unknown {
  let value: unknown = item;
  for (const name of path.split(".")) value = isItem(value) ? value[name] : undefined;
  return value;
}

/** The item with another value at the path. What is empty is left out, and so is an item in it that has nothing left. */
export function withValue(item: Item, path: string, value: unknown): Item {
  const [name = "", ...rest] = path.split(".");
  const inner = item[name];
  const next = rest.length === 0 ? value : withValue(isItem(inner) ? inner : {}, rest.join("."), value);
  const { [name]: _, ...others } = item;
  return isEmpty(next) ? others : { ...others, [name]: next };
}

/** The names of the fields in which two items differ. */
export function differences(a: Item, b: Item): string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].filter((name) => !same(a[name], b[name])).sort();
}

/** What two people made of one item: mine where I changed a field, theirs elsewhere, and the fields that both changed otherwise. */
export function together(before: Item, mine: Item, theirs: Item): { item: Item; both: string[] } {
  const changed = differences(before, mine);
  let item = theirs;
  for (const name of changed) item = withValue(item, name, mine[name]);
  const both = differences(before, theirs).filter((name) => changed.includes(name) && !same(mine[name], theirs[name]));
  return { item, both };
}

/** The field of a form that a mistake belongs to: "roles[1]" is of "roles", "tiers[1].after_s" of "tiers.1.after_s", "tls" of no field but of the first one in it. */
export function fieldOf(mistake: string, paths: readonly string[]): string | null {
  const plain = mistake.replace(/\[(\d+)\]/g, ".$1");
  for (let path = plain; path !== ""; path = path.slice(0, Math.max(0, path.lastIndexOf(".")))) {
    if (paths.includes(path)) return path;
  }
  return paths.find((path) => path.startsWith(`${plain}.`)) ?? null;
}

/** What a value of that kind is when it is empty. */
export function emptied(value: unknown): unknown {
  if (Array.isArray(value)) return [];
  return typeof value === "number" ? 0 : typeof value === "boolean" ? false : isItem(value) ? {} : "";
}

function same(a: unknown, b: unknown): boolean {
  if (isEmpty(a) && isEmpty(b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, at) => same(one, b[at]));
  if (isItem(a) && isItem(b)) return differences(a, b).length === 0;
  return a === b;
}

function isItem(value: unknown): value is Item {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false) return true;
  return (Array.isArray(value) && value.length === 0) || (isItem(value) && Object.keys(value).length === 0);
}
