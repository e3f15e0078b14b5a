import { afterEach, expect, test, vi } from "vitest";
import { chooseLanguage } from "../src/texts/language";
import { da } from "../src/texts/da";
import { de } from "../src/texts/de";
import { en } from "../src/texts/en";
import { pluralIn } from "../src/texts/plural";
import { pseudo } from "../src/texts/pseudo";
import * as daStatistics from "../src/texts/statistics/da";
import * as deStatistics from "../src/texts/statistics/de";
import * as enStatistics from "../src/texts/statistics/en";
import * as daUsual from "../src/texts/usual/da";
import * as deUsual from "../src/texts/usual/de";
import * as enUsual from "../src/texts/usual/en";
import * as daWeek from "../src/texts/week/da";
import * as deWeek from "../src/texts/week/de";
import * as enWeek from "../src/texts/week/en";
import { firstDayOfWeek, formatLocale, longDate, timeIn } from "../src/time";

afterEach(() => vi.stubGlobal("navigator", { language: "en-GB", languages: ["en-GB"] }));

test("the address goes before an earlier choice, and both before the languages of the browser", () => {
  expect(chooseLanguage("de", "da", ["en-GB"])).toBe("de");
  expect(chooseLanguage(null, "da", ["en-GB"])).toBe("da");
  expect(chooseLanguage("fr", "??", ["fr-FR", "de-AT", "en"])).toBe("de");
  expect(chooseLanguage(null, null, ["ar-EG"])).toBe("en");
});

test("the language for tests is used only if it is asked for", () => {
  expect([chooseLanguage("xa", null, []), chooseLanguage(null, "xa", []), chooseLanguage(null, null, ["xa"])]).toEqual([
    "xa",
    "xa",
    "en",
  ]);
});

/** All texts of a language, also those that are loaded with a view. */
const ENGLISH = { ...en, ...enWeek, ...enUsual, ...enStatistics };
const GERMAN = { ...de, ...deWeek, ...deUsual, ...deStatistics };
const DANISH = { ...da, ...daWeek, ...daUsual, ...daStatistics };

/** More values than a text has. Each is a number and a text. */
const VALUES = Array.from({ length: 9 }, () => Object("7"));

/** Return all texts by their paths. */
function textsOf(value: unknown, path: string[] = []): [path: string, text: string][] {
  if (typeof value === "object") {
    return Object.entries(value as object).flatMap(([key, each]) => textsOf(each, [...path, key]));
  }
  return [[path.join("."), typeof value === "string" ? value : (value as (...values: unknown[]) => string)(...VALUES)]];
}

test.each([GERMAN, DANISH, pseudo(ENGLISH)])("each language has each text", (texts) => {
  expect(textsOf(texts).map(([path]) => path)).toEqual(textsOf(ENGLISH).map(([path]) => path));
});

/** The words that are the same in two languages. Texts without letters are the same in all. */
const SAME = {
  German: /^(7 in 7\.?|in|W7|Filter|Import|Moment|Region|Support|Tutor)$/,
  Danish: /^(7 for 7|Ctrl [CKZ]|Filter|Find|For 7|Import|Platform|Region|Start|[Ss]upport( \(admin\))?|booking)$/,
};

test.each([
  ["German", GERMAN],
  ["Danish", DANISH],
] as const)("no %s text is the English one", (name, texts) => {
  const english = new Map(textsOf(ENGLISH));
  const isSame = ([path, text]: [string, string]) => text === english.get(path) && /\p{L}/u.test(text) && !SAME[name].test(text);
  expect(textsOf(texts).filter(isSame)).toEqual([]);
});

test("a number has the form of the noun that the language has for it", () => {
  expect([0, 1, 2, 1234].map(en.finder.count)).toEqual(["0 results.", "1 result.", "2 results.", "1,234 results."]);
  expect([1, 2].map(de.finder.count)).toEqual(["1 Ergebnis.", "2 Ergebnisse."]);
  const polish = pluralIn("pl");
  expect([1, 3, 5].map((count) => polish(count, { one: "godzina", few: "godziny", many: "godzin", other: "godziny" }))).toEqual(
    ["1 godzina", "3 godziny", "5 godzin"],
  );
});

test("texts for tests are longer and have accents, also those with values", () => {
  const texts = pseudo(en);
  expect(texts.views.week).toBe("Wééķ ··");
  expect(texts.finder.views("Ada")).toBe("Víéŵš óƒ Aðá ·····");
});

test.each([
  ["en-US", "en-US", "4:05 PM", "Friday, October 1", 7],
  ["en-GB", "en-GB", "16:05", "Friday 1 October", 1],
  ["ar-EG", "en-GB", "16:05", "Friday 1 October", 6],
])("in a browser in %s, an English page has the formats of %s", (browsers, locale, time, date, firstDay) => {
  vi.stubGlobal("navigator", { language: browsers });
  expect(formatLocale()).toBe(locale);
  expect(timeIn("UTC", new Date("2027-10-01T16:05:00Z")).replace(/\s/u, " ")).toBe(time);
  expect(longDate("2027-10-01")).toBe(date);
  expect(firstDayOfWeek()).toBe(firstDay);
});
