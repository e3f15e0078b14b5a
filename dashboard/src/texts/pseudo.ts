const ACCENTS: Record<string, string> = {
  ...{ a: "á", b: "ƀ", c: "ç", d: "ð", e: "é", f: "ƒ", g: "ĝ", h: "ĥ", i: "í", j: "ĵ", k: "ķ", l: "ļ", m: "ɱ", n: "ñ" },
  ...{ o: "ó", p: "þ", q: "ǫ", r: "ŕ", s: "š", t: "ţ", u: "ú", v: "ṽ", w: "ŵ", x: "ẋ", y: "ý", z: "ž" },
};
/** How much longer a text is than the English one. German needs about a third more. */
const PADDING = 0.35;

/**
 * Return texts for tests of the layout: with accents, longer, and for a page that is written from right to left. A text
 * that has no accents isn't in the catalogue.
 */
export function pseudo<T>(texts: T): T {
  return convert(texts) as T;
}

function convert(value: unknown): unknown {
  if (typeof value === "string") {
    const padding = "·".repeat(Math.ceil(value.length * PADDING));
    return `${value.replace(/[a-z]/g, (letter) => ACCENTS[letter]!)} ${padding}`;
  }
  if (typeof value === "function") {
    return (...values: unknown[]) => convert(value(...values));
  }
  if (Array.isArray(value)) {
    return value.map(convert);
  }
  return Object.fromEntries(Object.entries(value as object).map(([key, each]) => [key, convert(each)]));
}
