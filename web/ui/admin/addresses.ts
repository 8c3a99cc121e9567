// Emergency contacts as people type them: mail addresses separated by semicolons. It says at once what the node would say later.

/** Every piece of the list that is no mail address, as it was typed. */
export function wrongAddresses(list: string): string[] {
  return pieces(list).flatMap(wrongIn);
}

/** Cuts at separators that stand neither in quotes nor in angle brackets. */
function pieces(list: string): string[] {
  return (list.match(/(?:"[^"\r\n]*"|<[^>\r\n]*>|[^;,\r\n])+/g) ?? []).map((piece) => piece.trim()).filter((piece) => piece !== "");
}

function wrongIn(piece: string): string[] {
  const named = /^([^<]*)<([^<>]*)>(.*)$/.exec(piece);
  if (named === null) return piece.split(/\s+/).filter((word) => !isAddress(bare(word)));
  const [, name = "", address = "", behind = ""] = named;
  const inName = name.replace(/"[^"]*"/g, "").split(/\s+/).filter((word) => word.includes("@") && !isAddress(bare(word)));
  const inner = isAddress(bare(address.trim())) ? [] : [piece];
  return [...inName, ...inner, ...(behind.trim() === "" ? [] : wrongIn(behind.trim()))];
}

function bare(word: string): string {
  return word.replace(/^mailto:(?=.)/i, "");
}

/** One bare mail address that a mail server takes (RFC 5321 §4.1.2). */
export function isAddress(address: string): boolean {
  const at = address.lastIndexOf("@");
  if (at < 1 || at > 64 || address.length > 254) return false;
  const atoms = address.slice(0, at).split(".");
  const labels = address.slice(at + 1).split(".");
  return (
    atoms.every((atom) => /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+$/.test(atom)) &&
    labels.every((label) => /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/.test(label))
  );
}
