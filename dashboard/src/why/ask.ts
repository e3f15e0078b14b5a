/** What a person asks about: a day and a time, in the words of a link, a message or a search. */

import { addDays } from "../time";

/** A day and maybe a time of it (`HH:MM`), and the words that say neither. */
export interface Asked {
  date: string;
  time?: string;
  rest: string;
}

/** A moment of a link: in the tutor's local time (`2026-12-24T09:00`), or an instant with its offset. */
export interface AskedLink {
  tutorId?: string;
  at?: string;
}

/** The languages in which days are understood, whatever the language of the page: messages come in all of them. */
const LANGUAGES = ["en-GB", "de-DE", "da-DK"];
const AT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/;

/** Return the words for something in all languages, with what they mean: `names(m => month m, 12)` has "dec" → 11. */
function names(write: (language: string, style: "long" | "short", number: number) => string, count: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const language of LANGUAGES) {
    for (const style of ["long", "short"] as const) {
      for (let number = 0; number < count; number += 1) {
        const name = write(language, style, number).toLowerCase().replace(/\.$/, "");
        found.set(name, found.get(name) ?? number);
      }
    }
  }
  return found;
}

const MONTHS = names((language, month, number) => format(language, { month }, Date.UTC(2026, number, 1)), 12);
const WEEKDAYS = names((language, weekday, number) => format(language, { weekday }, Date.UTC(2026, 10, 23 + number)), 7);
/** "today", "heute", "i dag" → 0, and so on for the day before and the two days after. */
const RELATIVE = new Map(
  LANGUAGES.flatMap((language) =>
    [-1, 0, 1, 2].map((days): [string, number] => [
      new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(days, "day").toLowerCase(),
      days,
    ]),
  ),
);
MONTHS.set("sep", 8);

function format(language: string, style: Intl.DateTimeFormatOptions, day: number): string {
  return new Intl.DateTimeFormat(language, { timeZone: "UTC", ...style }).format(day);
}

/** Return the tutor and the moment that a link names, or undefined if the text isn't a link with a moment. */
export function parseLink(text: string): AskedLink | undefined {
  const query = /^(?:https?:\/\/|\/)\S*?\?(\S+)$/i.exec(text.trim())?.[1];
  if (query === undefined) {
    return undefined;
  }
  const params = new URLSearchParams(query.split("#")[0]);
  const at = params.get("at")?.replace(/ (?=\d\d:\d\d$)/, "+"); // a plus sign that wasn't encoded is read as a space
  return { tutorId: params.get("tutor") ?? undefined, at: at !== undefined && AT.test(at) ? at : undefined };
}

/**
 * Return the day and the time in a text: "24 Dec 9:00", "24.12. 9 Uhr", "tomorrow 5pm", "fre 24 dec 9". Without a year,
 * it is the nearest such date to today. A weekday is the next one. Return undefined if the text names no day.
 */
export function parseTime(text: string, today: string, { isMonthFirst = false } = {}): Asked | undefined {
  let left = ` ${text.toLowerCase().replace(/[,;]/g, " ").replace(/\s+/g, " ").trim()} `;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    const found = pattern.exec(left);
    left = found ? left.replace(found[0], "  ") : left;
    return found ?? undefined;
  };
  const date = takeDate(take, today, isMonthFirst) ?? takeWord(take, RELATIVE, (days) => addDays(today, days));
  const weekday = (number: number) => addDays(today, (number - weekdayOf(today) + 7) % 7);
  const day = date ?? takeWord(take, WEEKDAYS, weekday);
  if (day === undefined) {
    return undefined;
  }
  if (date !== undefined) {
    // "Thu 24 Dec": the weekday says nothing new. Another weekday may be the beginning of a name.
    takeWord(take, new Map([...WEEKDAYS].filter(([, number]) => number === weekdayOf(date))), () => date);
  }
  const time = takeTime(take);
  return { date: day, time, rest: left.replace(/\s+/g, " ").trim() };
}

type Take = (pattern: RegExp) => RegExpExecArray | undefined;

function takeDate(take: Take, today: string, isMonthFirst: boolean): string | undefined {
  const iso = take(/(\d{4})-(\d\d)-(\d\d)(?=[t ])t?/);
  if (iso) {
    return dateOf(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  }
  const month = `(${[...MONTHS.keys()].sort((a, b) => b.length - a.length).join("|")})`;
  const dayFirst = take(new RegExp(` (\\d{1,2})(?:st|nd|rd|th|\\.)? ${month}\\.?(?: (\\d{4}))?(?= )`));
  const monthFirst = dayFirst ? undefined : take(new RegExp(` ${month}\\.? (\\d{1,2})(?:st|nd|rd|th)?(?: (\\d{4}))?(?= )`));
  if (dayFirst ?? monthFirst) {
    const [day, name, year] = dayFirst ? [dayFirst[1], dayFirst[2], dayFirst[3]] : [monthFirst![2], monthFirst![1], monthFirst![3]];
    return nearest(MONTHS.get(name!)! + 1, Number(day), today, year);
  }
  const numbers = take(/ (\d{1,2})([./])(\d{1,2})\.?(?:[./]?(\d{4}))?(?= )/);
  if (numbers) {
    const [first, second] = [Number(numbers[1]), Number(numbers[3])];
    const hasMonthFirst = second > 12 || (isMonthFirst && numbers[2] === "/" && first <= 12);
    return hasMonthFirst ? nearest(first, second, today, numbers[4]) : nearest(second, first, today, numbers[4]);
  }
  return undefined;
}

/** Take a word out of the text, the longest first, and return what it means. */
function takeWord(take: Take, words: Map<string, number>, meaning: (number: number) => string): string | undefined {
  const word = take(new RegExp(` (${[...words.keys()].sort((a, b) => b.length - a.length).join("|")})\\.?(?= )`))?.[1];
  return word === undefined ? undefined : meaning(words.get(word)!);
}

function takeTime(take: Take): string | undefined {
  const found =
    take(/ (?:at |um |kl\.? ?)?(\d{1,2})[:.h](\d\d)(?::\d\d)?(?: ?(am|pm))?(?: uhr)?(?= )/) ??
    take(/ (?:at |um |kl\.? ?)?(\d{1,2})()(?: ?(am|pm))?(?: uhr|h)?(?= )/);
  if (!found) {
    return undefined;
  }
  const half = found[3];
  const hour = half ? (Number(found[1]) % 12) + (half === "pm" ? 12 : 0) : Number(found[1]);
  const minute = Number(found[2]);
  return hour < 24 && minute < 60 ? `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}` : undefined;
}

/** Return the date with a month and a day, in a year or else nearest to today; undefined if there is no such date. */
function nearest(month: number, day: number, today: string, year: string | undefined): string | undefined {
  const thisYear = Number(today.slice(0, 4));
  const years = year ? [Number(year)] : [thisYear - 1, thisYear, thisYear + 1];
  const distance = (date: string) => Math.abs(Date.parse(date) - Date.parse(today));
  const dates = years.map((each) => dateOf(each, month, day)).filter((date) => date !== undefined);
  return dates.sort((a, b) => distance(a) - distance(b))[0];
}

function dateOf(year: number, month: number, day: number): string | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.toISOString().slice(0, 10) : undefined;
}

function weekdayOf(date: string): number {
  return (new Date(date).getUTCDay() + 6) % 7;
}
