/** Texts about a usual week. */

import type { Kept, PublishedSchedule, WeeklySlot } from "slotledger-client";
import { timeOf } from "../clock";
import { t } from "../texts";
import { addDays, clockName, formatLocale, longDate, shortDate, weekdayName as nameOfDate } from "../time";
import { WEEKDAYS, minutesOfSlot, shownWeekdays } from "./schedule";
import type { Times, Weekday } from "./schedule";

const A_MONDAY = "2026-11-23";
const MAX_NAMED = 8;
const MAX_SHOWN_DATES = 92; // the server shows at most this many

/** Return the name of a weekday: "Monday", "Mon". */
export function weekdayName(weekday: Weekday, style?: "short"): string {
  return nameOfDate(addDays(A_MONDAY, WEEKDAYS.indexOf(weekday)), style);
}

/** Return the start and the end of a slot: "15:00–15:45". */
export function timesOf(slot: WeeklySlot): string {
  return spanName(...minutesOfSlot(slot));
}

function spanName(from: number, to: number): string {
  return `${clockName(timeOf(from))}–${clockName(timeOf(to))}`;
}

/** Return the weekdays and times: "Monday to Friday, 15:00–19:00". */
export function timesName({ weekdays, from, to }: Times): string {
  const order = shownWeekdays();
  const numbers = weekdays.map((weekday) => order.indexOf(weekday)).sort((one, other) => one - other);
  const names = numbers.map((number) => weekdayName(order[number]!));
  const isRow = names.length > 2 && numbers.at(-1)! - numbers[0]! === names.length - 1;
  return `${isRow ? t.usual.row(names[0]!, names.at(-1)!) : list(names)}, ${spanName(from, to)}`;
}

/** Return in sentences what publishing changes and what it keeps, for the tutor or an admin. */
export function publishedLines(answer: PublishedSchedule, today: string, isAdmin: boolean): string[] {
  const { added, removed } = answer.changes;
  const { lines } = t.usual;
  const until = answer.publishedThrough === null ? null : longDate(answer.publishedThrough, today);
  const keptOf = (why: Kept["why"]) => answer.kept.filter((kept) => kept.why === why);
  const edited = keptOf("edited");
  const times = (why: Kept["why"]) =>
    keptOf(why).flatMap((kept) => kept.times.map((time) => lines.at(dayName(kept.date), clockName(time))));
  const [booked, overlapping, skipped] = [times("booked"), times("overlap"), times("clock")];
  const hasMore = answer.truncated && new Set(answer.kept.map(({ date }) => date)).size >= MAX_SHOWN_DATES;
  return [
    added === 0 && removed === 0 ? lines.none : lines.changes(added, removed, until),
    edited.length > 0 && lines.kept(edited.length, isAdmin, named(edited.map(({ date }) => dayName(date)))),
    booked.length > 0 && lines.booked(booked.length, named(booked)),
    overlapping.length > 0 && lines.overlapping(overlapping.length, named(overlapping)),
    skipped.length > 0 && lines.skipped(skipped.length, named(skipped)),
    hasMore && lines.hasMore,
  ].filter((line) => line !== false);
}

/** Return a date without commas, for a list: "Mon 4 Dec". */
function dayName(date: string): string {
  return shortDate(date).replace(",", "");
}

/** Return names as a list. If there are many, count the last ones. */
function named(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return list(more > 1 ? [...names.slice(0, MAX_NAMED), t.usual.lines.more(more)] : names);
}

function list(names: readonly string[]): string {
  return new Intl.ListFormat(formatLocale()).format(names);
}
