import type { ChangeStats } from "slotledger-client";
import type { FigureContents } from "./ChartFigure";
import { hoursOf, levelOf, mondays } from "./series";
import type { Span } from "./series";
import { formatNumber } from "../labels";
import { t } from "../texts";
import { clockName, weekdayOrder } from "../time";
import { fullDate, clockOf, hoursSummary, monthName, shortDate, shortNumeral, spansSummary, timesSummary, weekdayName } from "./labels";

/** The largest number of times of day in the chart. The table has all times of the answer. */
const MAX_TIMES = 10;

/** Functions and texts that name weeks or months. */
export interface SpanNames {
  /** Return the name in a sentence: "in the week of 23 Nov". */
  inSentence(start: string): string;
  /** Return the name on the chart's axis. */
  onAxis(start: string): string;
  /** Return the name in the table. */
  inTable(start: string): string;
  /** The header of the table's first column. */
  column: "week" | "month";
  /** Return the first days of all weeks or months on the axis, including weeks that weren't counted. */
  axisStarts(starts: readonly string[]): readonly string[];
}

export const WEEKS: SpanNames = {
  inSentence: (monday) => t.statistics.summary.inWeek(shortDate(monday)),
  onAxis: shortDate,
  inTable: fullDate,
  column: "week",
  axisStarts: (starts) => mondays(starts[0]!, starts.at(-1)!),
};

export const MONTHS: SpanNames = {
  inSentence: (first) => t.statistics.summary.inMonth(monthName(first)),
  onAxis: monthName,
  inTable: monthName,
  column: "month",
  axisStarts: (starts) => starts,
};

/** Return the figure of added and removed slots by week or month; `spans` must not be empty. */
export function spansFigure(spans: readonly Span[], names: SpanNames): FigureContents {
  const starts = names.axisStarts(spans.map(({ start }) => start));
  const { tables } = t.statistics;
  return {
    summary: spansSummary(spans, names.inSentence),
    numbers: {
      caption: tables.spans,
      columns: [tables[names.column], tables.added, tables.removed, tables.late],
      rows: spans.map(({ start, slotsAdded, slotsRemoved, lateRemovals }) => [
        names.inTable(start),
        ...[slotsAdded, slotsRemoved, lateRemovals].map(formatNumber),
      ]),
    },
    draw: ({ drawSpans }, size) => drawSpans(spans, starts, names.onAxis, size),
  };
}

/** What the counts of a figure by hour are: changes by when they were saved, or removals by the start of the slot. */
export type HoursOf = "changes" | "removedSlots";

/** Return the figure of changed slots by weekday and hour. */
export function hoursFigure(byWeekdayHour: ChangeStats["byWeekdayHour"], of: HoursOf = "changes"): FigureContents {
  const hours = hoursOf(byWeekdayHour);
  const largest = Math.max(...hours.map(({ slots }) => slots));
  const cells = hours.map(({ weekday, hour, slots }) => ({
    weekday,
    hour,
    level: levelOf(slots, largest),
    text: slots === 0 ? "" : shortNumeral(slots),
    title: t.statistics.bar.hour(weekdayName(weekday, "long"), clockOf(hour), formatNumber(slots)),
  }));
  return {
    summary: hoursSummary(hours, of),
    numbers: {
      caption: of === "changes" ? t.statistics.tables.changedByHour : t.statistics.tables.removedByHour,
      columns: [t.statistics.tables.hour, ...weekdayOrder().map((day) => weekdayName(day))],
      rows: Array.from({ length: 24 }, (_, hour) => [
        clockOf(hour),
        ...weekdayOrder().map((day) => formatNumber(byWeekdayHour[day]![hour]!)),
      ]),
    },
    draw: ({ drawHours }, size) => drawHours(cells, size),
  };
}

/** Return the figure of the times that are removed most often. */
export function timesFigure(times: ChangeStats["mostRemovedTimes"], slotsRemoved: number): FigureContents {
  const named = times.map(({ time, count }) => ({ time: clockName(time), count }));
  const chartTimes = named.slice(0, MAX_TIMES);
  return {
    summary: timesSummary(times, slotsRemoved),
    numbers: {
      caption: t.statistics.tables.byTime,
      columns: [t.statistics.tables.time, t.statistics.tables.removed],
      rows: named.map(({ time, count }) => [time, formatNumber(count)]),
    },
    draw: ({ drawTimes }, size) => drawTimes(chartTimes, size),
    height: `${1.7 * chartTimes.length}rem`,
  };
}
