import type { ChangeStats } from "slotledger-client";
import type { Plot } from "./ChartFigure";
import { hoursOf, mondays } from "./series";
import type { Span } from "./series";
import { numeral } from "../labels";
import { fullDate, clockOf, hoursInWords, monthName, shortDate, spansInWords, timesInWords, weekdayName } from "./labels";

/** How many of the most removed times are drawn; the table has all. */
const MOST_TIMES = 10;
const WEEKDAYS = [0, 1, 2, 3, 4, 5, 6];

/** How weeks or months are written. */
export interface SpanNames {
  /** In a sentence, with its preposition: "in the week of 23 Nov". */
  inSentence(start: string): string;
  /** On an axis, which has little room. */
  onAxis(start: string): string;
  inTable(start: string): string;
  /** What the first column of the table is of. */
  column: string;
  /** Those on the axis: also those in between of which nothing is known. */
  all(starts: readonly string[]): readonly string[];
}

export const WEEKS: SpanNames = {
  inSentence: (monday) => `in the week of ${shortDate(monday)}`,
  onAxis: shortDate,
  inTable: fullDate,
  column: "Week of",
  all: (starts) => mondays(starts[0]!, starts.at(-1)!),
};

export const MONTHS: SpanNames = {
  inSentence: (first) => `in ${monthName(first)}`,
  onAxis: monthName,
  inTable: monthName,
  column: "Month",
  all: (starts) => starts,
};

/** What was added and removed by week or month; there is at least one. */
export function spansPlot(spans: readonly Span[], names: SpanNames): Plot {
  const starts = names.all(spans.map(({ start }) => start));
  return {
    point: spansInWords(spans, names.inSentence),
    numbers: {
      caption: "Slots added and removed, and how many of the removed were late",
      columns: [names.column, "Added", "Removed", "Late"],
      rows: spans.map(({ start, slotsAdded, slotsRemoved, lateRemovals }) => [
        names.inTable(start),
        ...[slotsAdded, slotsRemoved, lateRemovals].map(numeral),
      ]),
    },
    draw: ({ drawSpans }, size) => drawSpans(spans, starts, names.onAxis, size),
  };
}

/** When changes are made. */
export function hoursPlot(byWeekdayHour: ChangeStats["byWeekdayHour"]): Plot {
  return {
    point: hoursInWords(hoursOf(byWeekdayHour)),
    numbers: {
      caption: "Changes by the weekday and the hour (from its start) at which they were made",
      columns: ["Hour", ...WEEKDAYS.map((day) => weekdayName(day))],
      rows: Array.from({ length: 24 }, (_, hour) => [
        clockOf(hour),
        ...WEEKDAYS.map((day) => numeral(byWeekdayHour[day]![hour]!)),
      ]),
    },
    draw: ({ drawHours }, size) => drawHours(byWeekdayHour, size),
  };
}

/** Which times are removed most, of so many removed slots. */
export function timesPlot(times: ChangeStats["mostRemovedTimes"], slotsRemoved: number): Plot {
  const drawn = times.slice(0, MOST_TIMES);
  return {
    point: timesInWords(times, slotsRemoved),
    numbers: {
      caption: "How often a slot at this time was removed",
      columns: ["Time", "Removed"],
      rows: times.map(({ time, count }) => [time, numeral(count)]),
    },
    draw: ({ drawTimes }, size) => drawTimes(drawn, size),
    height: `${1.7 * drawn.length}rem`,
  };
}
