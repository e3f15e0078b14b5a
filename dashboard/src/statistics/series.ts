import type { ChangeStats, PlatformStats } from "slotledger-client";
import { addDays, dateIn, mondayOf } from "../time";

/** What was changed in a week or a month; `start` is its first day. */
export interface Span {
  start: string;
  slotsAdded: number;
  slotsRemoved: number;
  lateRemovals: number;
}

/** How much was changed at an hour (0 to 23) of a weekday (0 is Monday). */
export interface Hour {
  weekday: number;
  hour: number;
  changes: number;
}

type Week = ChangeStats["weekly"][number];

/** Returns the Mondays from one to another, both included. */
export function mondays(first: string, last: string): string[] {
  const found = [];
  for (let monday = first; monday <= last; monday = addDays(monday, 7)) {
    found.push(monday);
  }
  return found;
}

/** Returns every week that a tutor's statistics reach into, with zeros where nothing was changed. */
export function weeksOf({ since, until, weekly }: ChangeStats, timeZone: string): Span[] {
  const known = new Map(weekly.map((week) => [week.weekStart, week]));
  const [first, last] = [since, until].map((instant) => mondayOf(dateIn(timeZone, new Date(instant))));
  return mondays(first!, last!).map((start) => {
    const week = known.get(start);
    return week ? spanOf(week) : { start, slotsAdded: 0, slotsRemoved: 0, lateRemovals: 0 };
  });
}

/** Returns the weeks that were counted; one that is missing between them wasn't, which isn't zero. */
export function countedWeeks({ weekly }: PlatformStats): Span[] {
  return weekly.map(spanOf);
}

/** Returns the months, by the weeks that began in them. */
export function monthsOf({ monthly }: PlatformStats): Span[] {
  return monthly.map(({ month, ...counts }) => ({ start: `${month}-01`, ...counts }));
}

function spanOf({ weekStart, ...counts }: Week): Span {
  return { start: weekStart, ...counts };
}

/** Returns all that was changed in the spans together. */
export function totalOf(spans: readonly Span[]): Omit<Span, "start"> {
  const sum = (of: (span: Span) => number) => spans.reduce((total, span) => total + of(span), 0);
  return {
    slotsAdded: sum((span) => span.slotsAdded),
    slotsRemoved: sum((span) => span.slotsRemoved),
    lateRemovals: sum((span) => span.lateRemovals),
  };
}

/** Returns the 168 hours of a week, Monday's first. */
export function hoursOf(byWeekdayHour: readonly (readonly number[])[]): Hour[] {
  return byWeekdayHour.flatMap((hours, weekday) => hours.map((changes, hour) => ({ weekday, hour, changes })));
}

/**
 * Returns how strongly a count is coloured beside the largest: 0 for none, then from 1 to 4. By magnitude, because a
 * timetable that is set up at once would leave everything else pale.
 */
export function levelOf(count: number, largest: number): number {
  return count === 0 ? 0 : Math.ceil((4 * Math.log(1 + count)) / Math.log(1 + largest));
}

/**
 * Returns up to where bars are drawn: all of the largest, unless it is so few and so much larger than the others (a
 * timetable that is set up at once) that these couldn't be seen beside it. Then the few are cut short.
 */
export function ceilingOf(spans: readonly Span[]): number {
  const counts = spans.flatMap((span) => [span.slotsAdded, span.slotsRemoved]).filter((count) => count > 0);
  counts.sort((one, other) => one - other);
  const most = Math.ceil(0.8 * counts.length) - 1;
  const last = counts.findIndex((count, number) => number >= most && counts[number + 1]! > 4 * count);
  return last === -1 ? (counts.at(-1) ?? 0) : Math.ceil(1.5 * counts[last]!);
}

/** Returns the whole numbers to mark on an axis: round ones, at most one more than `most`, and zero where it lies between. */
export function ticksOf(low: number, high: number, most = 6): number[] {
  let step = 1;
  // 1, 2, 5, 10, 20, 50, …
  for (let next = 0; (high - low) / step > most; next += 1) {
    step *= next % 3 === 1 ? 2.5 : 2;
  }
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, number) => (first + number) * step);
}

/** Returns every second, third … of them, from the first, so that they are at most so many. */
export function thinned<T>(all: readonly T[], most: number): T[] {
  const each = Math.ceil(all.length / Math.max(most, 1));
  return all.filter((_, number) => number % each === 0);
}
