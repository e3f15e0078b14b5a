import type { ChangeStats, PlatformStats } from "slotledger-client";
import { addDays, dateIn, mondayOf } from "../time";

/** The numbers of a week or a month; `start` is its first day. */
export interface Span {
  start: string;
  slotsAdded: number;
  slotsRemoved: number;
  lateRemovals: number;
}

/** The number of slots changed in an hour (0 to 23) of a weekday (0 is Monday). */
export interface Hour {
  weekday: number;
  hour: number;
  slots: number;
}

type Week = ChangeStats["weekly"][number];

/** Return the Mondays from one to another, both included. */
export function mondays(first: string, last: string): string[] {
  const result = [];
  for (let monday = first; monday <= last; monday = addDays(monday, 7)) {
    result.push(monday);
  }
  return result;
}

/** Return every week of a tutor's statistics; a week without edits has zeros. */
export function weeksOf({ since, until, weekly }: ChangeStats, timeZone: string): Span[] {
  const weekByStart = new Map(weekly.map((week) => [week.weekStart, week]));
  const [first, last] = [since, until].map((instant) => mondayOf(dateIn(timeZone, new Date(instant))));
  return mondays(first!, last!).map((start) => {
    const week = weekByStart.get(start);
    return week ? spanOf(week) : { start, slotsAdded: 0, slotsRemoved: 0, lateRemovals: 0 };
  });
}

/** Return the counted weeks. A missing week wasn't counted: it is not zero. */
export function countedWeeks({ weekly }: PlatformStats): Span[] {
  return weekly.map(spanOf);
}

/** Return the months; a week belongs to the month in which it began. */
export function monthsOf({ monthly }: PlatformStats): Span[] {
  return monthly.map(({ month, ...counts }) => ({ start: `${month}-01`, ...counts }));
}

function spanOf({ weekStart, ...counts }: Week): Span {
  return { start: weekStart, ...counts };
}

/** Return the sum of some spans. */
export function totalOf(spans: readonly Span[]): Omit<Span, "start"> {
  const sum = (count: (span: Span) => number) => spans.reduce((total, span) => total + count(span), 0);
  return {
    slotsAdded: sum((span) => span.slotsAdded),
    slotsRemoved: sum((span) => span.slotsRemoved),
    lateRemovals: sum((span) => span.lateRemovals),
  };
}

/** Return the 168 hours of a week, Monday's first. */
export function hoursOf(byWeekdayHour: readonly (readonly number[])[]): Hour[] {
  return byWeekdayHour.flatMap((hours, weekday) => hours.map((slots, hour) => ({ weekday, hour, slots })));
}

/**
 * Return the colour level of a count: 0 for none, then 1 to 4. The scale is logarithmic, because a timetable that is
 * set up at once would make everything else pale.
 */
export function levelOf(count: number, largest: number): number {
  return count === 0 ? 0 : Math.ceil((4 * Math.log(1 + count)) / Math.log(1 + largest));
}

/**
 * Return the length at which bars are shortened. Usually that is the longest bar. If a few bars are so long that the
 * others couldn't be seen (a timetable that is set up at once), it is a bit more than the longest of the others.
 */
export function ceilingOf(spans: readonly Span[]): number {
  const counts = spans.flatMap((span) => [span.slotsAdded, span.slotsRemoved]).filter((count) => count > 0);
  counts.sort((one, other) => one - other);
  const most = Math.ceil(0.8 * counts.length) - 1;
  const last = counts.findIndex((count, number) => number >= most && counts[number + 1]! > 4 * count);
  return last === -1 ? (counts.at(-1) ?? 0) : Math.ceil(1.5 * counts[last]!);
}

/** Return the ticks of an axis: round whole numbers, at most `most` + 1 of them, with zero if it is in the range. */
export function ticksOf(low: number, high: number, most = 6): number[] {
  let step = 1;
  // 1, 2, 5, 10, 20, 50, …
  for (let next = 0; (high - low) / step > most; next += 1) {
    step *= next % 3 === 1 ? 2.5 : 2;
  }
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, number) => (first + number) * step);
}

/** Return every second (third, …) item from the first on, so that there are at most `most`. */
export function thinOut<T>(all: readonly T[], most: number): T[] {
  const each = Math.ceil(all.length / Math.max(most, 1));
  return all.filter((_, number) => number % each === 0);
}
