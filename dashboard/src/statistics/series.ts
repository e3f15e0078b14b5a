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

/** A square of the chart of a week's hours. Its colour has a level from 0 (none) to 4. */
export interface HourCell {
  weekday: number;
  hour: number;
  level: number;
  text: string;
  title: string;
}

type Week = ChangeStats["weekly"][number];

/** Return all Mondays from the first to the last, both included. */
export function mondays(first: string, last: string): string[] {
  const result = [];
  for (let monday = first; monday <= last; monday = addDays(monday, 7)) {
    result.push(monday);
  }
  return result;
}

/** Return all weeks of the period of a tutor's statistics. A week without edits has zeros. */
export function weeksOf({ since, until, weekly }: ChangeStats, timeZone: string): Span[] {
  const weekByStart = new Map(weekly.map((week) => [week.weekStart, week]));
  const [first, last] = [since, until].map((instant) => mondayOf(dateIn(timeZone, new Date(instant))));
  return mondays(first!, last!).map((start) => {
    const week = weekByStart.get(start);
    return week ? spanOf(week) : { start, slotsAdded: 0, slotsRemoved: 0, lateRemovals: 0 };
  });
}

/** Return the weeks of the platform's statistics. A week that wasn't counted isn't among them. */
export function countedWeeks({ weekly }: PlatformStats): Span[] {
  return weekly.map(spanOf);
}

/** Return the months of the platform's statistics. A week belongs to the month in which it began. */
export function monthsOf({ monthly }: PlatformStats): Span[] {
  return monthly.map(({ month, ...counts }) => spanOf({ weekStart: `${month}-01`, ...counts }));
}

function spanOf({ weekStart, slotsAdded, slotsRemoved, lateRemovals }: Week): Span {
  return { start: weekStart, slotsAdded, slotsRemoved, lateRemovals };
}

/** Return the sums of the spans' numbers. */
export function totalOf(spans: readonly Span[]): Omit<Span, "start"> {
  const sum = (count: (span: Span) => number) => spans.reduce((total, span) => total + count(span), 0);
  return {
    slotsAdded: sum((span) => span.slotsAdded),
    slotsRemoved: sum((span) => span.slotsRemoved),
    lateRemovals: sum((span) => span.lateRemovals),
  };
}

/** Return the 168 hours of a week, in order from Monday on. */
export function hoursOf(byWeekdayHour: readonly (readonly number[])[]): Hour[] {
  return byWeekdayHour.flatMap((hours, weekday) => hours.map((slots, hour) => ({ weekday, hour, slots })));
}

/**
 * Return the colour level of a count: 0 for a count of 0, otherwise 1 to 4. The scale is logarithmic: on a linear
 * scale, an hour in which a tutor sets up a whole timetable would make all other hours pale.
 */
export function levelOf(count: number, largest: number): number {
  return count === 0 ? 0 : Math.ceil((4 * Math.log(1 + count)) / Math.log(1 + largest));
}

/**
 * Return the maximum length of a bar. Longer bars are shortened to this length.
 *
 * Usually, this is the length of the longest bar, so that no bar is shortened. But a few bars may be so long that the
 * others would be hard to see, for example because a tutor has set up a whole timetable. Then the maximum is 1.5 times
 * the length of the longest of the others.
 */
export function ceilingOf(spans: readonly Span[]): number {
  const counts = spans.flatMap((span) => [span.slotsAdded, span.slotsRemoved]).filter((count) => count > 0);
  counts.sort((one, other) => one - other);
  const minIndex = Math.ceil(0.8 * counts.length) - 1; // at most a fifth of the bars are shortened
  const longestOther = counts.find((count, i) => i >= minIndex && counts[i + 1]! > 4 * count);
  return longestOther === undefined ? (counts.at(-1) ?? 0) : Math.ceil(1.5 * longestOther);
}

/** Return the ticks of an axis: at most `maxSteps` + 1 round whole numbers, with zero if the range includes it. */
export function ticksOf(low: number, high: number, maxSteps = 6): number[] {
  let step = 1;
  // The steps are 1, 2, 5, 10, 20, 50, …
  for (let next = 0; (high - low) / step > maxSteps; next += 1) {
    step *= next % 3 === 1 ? 2.5 : 2;
  }
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, number) => (first + number) * step);
}

/** Return every n-th item, from the first on. At most `maxItems` (rounded up) remain, and at least one. */
export function thinOut<T>(all: readonly T[], maxItems: number): T[] {
  const groupSize = Math.ceil(all.length / Math.max(maxItems, 1));
  return all.filter((_, number) => number % groupSize === 0);
}
