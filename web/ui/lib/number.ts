// What the person typed, read as the node reads it.

const LEADING_TEL = /^tel:/i;
const BETWEEN_DIGITS = /[\s\u0085\p{Pd}\p{Cf}.()[\]/]/gu;

/** Drops what people put between the digits: white space, dashes, dots, brackets and a leading "tel:". A plus stays. */
export function clean(typed: string): string {
  return typed.trim().replace(LEADING_TEL, "").replace(BETWEEN_DIGITS, "");
}

/** The number that is sent when this string places an emergency call, else null. The node decides; this only foretells it. */
export function emergencyNumber(typed: string, numbers: Readonly<Record<string, string>>): string | null {
  const cleaned = clean(typed);
  return Object.hasOwn(numbers, cleaned) ? (numbers[cleaned] ?? null) : null;
}

/** A number in groups, as people read it out. What is not understood stays as it is. */
export function grouped(number: string): string {
  const northAmerican = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  if (northAmerican) return `+1 ${northAmerican[1]} ${northAmerican[2]} ${northAmerican[3]}`;
  const danish = /^\+45(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(number);
  if (danish) return `+45 ${danish[1]} ${danish[2]} ${danish[3]} ${danish[4]}`;
  const british = /^\+44(\d{2,4})(\d{3})(\d{4})$/.exec(number);
  if (british) return `+44 ${british[1]} ${british[2]} ${british[3]}`;
  return number;
}
