/** How many of the offered slots were booked, as texts, facts and figures. */

import type { Demand, PlatformStats, Suggestion } from "slotledger-client";
import { formatNumber } from "../labels";
import { t } from "../texts";
import { addDays, formatLocale, weekdayOrder } from "../time";
import type { FigureContents } from "./ChartFigure";
import type { SpanNames } from "./figures";
import type { Fact } from "./Headline";
import { clockOf, monthName, shortDate, weekdayName } from "./labels";
import type { Numbers } from "./Numbers";
import type { HourCell } from "./series";

const WEEKDAYS: readonly Suggestion["weekday"][] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

/** The slots that start in a week or a month; null if they weren't counted. `start` is its first day. */
export interface DemandSpan {
  start: string;
  offered: number | null;
  booked: number | null;
}

/** The first date of a season, and the first date after it. */
export interface Season {
  name: string;
  from: string;
  to: string;
}

/** Return a fill rate in percent: "41%". A rate that isn't known is "–". */
export function percent(rate: number | null): string {
  return rate === null ? "–" : new Intl.NumberFormat(formatLocale(), { style: "percent" }).format(rate);
}

function rateOf(booked: number | null, offered: number | null): number | null {
  return booked === null || offered === null || offered === 0 ? null : booked / offered;
}

/** Return the facts of a tutor's demand; without a demand, while it is loading, they have no values. */
export function demandFacts(demand: Demand | undefined): Fact[] {
  const { facts } = t.statistics;
  const hours = (minutes: number) => formatNumber(Math.round(minutes / 6) / 10);
  return [
    [
      facts.booked,
      demand && percent(demand.fillRate),
      demand && facts.ofHours(hours(demand.bookedMinutes), hours(demand.offeredMinutes)),
    ],
    [facts.popularLost, demand && formatNumber(demand.lateRemovalsOfPopularHours), facts.removedLate],
  ];
}

/** Return what to change in an hour of the week, with its numbers: "Tuesday 17:00: 9 of 10 booked. Offer more." */
export function suggestionLine({ kind, weekday, hour }: Suggestion, { byWeekdayHour }: Demand): string {
  const number = WEEKDAYS.indexOf(weekday);
  const { offered, booked } = byWeekdayHour[number]![hour]!;
  const when = `${weekdayName(number, "long")} ${clockOf(hour)}`;
  return kind === "offer_more"
    ? t.statistics.suggestions.more(when, formatNumber(booked), formatNumber(offered))
    : t.statistics.suggestions.less(when, formatNumber(offered));
}

/** Return the 168 hours of a week. The more of an hour's slots were booked, the stronger is its colour. */
export function demandCells({ byWeekdayHour }: Demand): HourCell[] {
  return byWeekdayHour.flatMap((hours, weekday) =>
    hours.map(({ offered, booked }, hour) => ({
      weekday,
      hour,
      level: offered === 0 ? 0 : Math.ceil((4 * booked) / offered),
      text: offered === 0 ? "" : `${formatNumber(booked)}/${formatNumber(offered)}`,
      title: t.statistics.bar.bookedHour(weekdayName(weekday, "long"), clockOf(hour), formatNumber(booked), formatNumber(offered)),
    })),
  );
}

/** Return the figure of booked slots by the weekday and hour of their start. */
export function demandFigure(demand: Demand): FigureContents {
  const cells = demandCells(demand);
  const all = demand.byWeekdayHour.flat();
  const total = (count: "offered" | "booked") => formatNumber(all.reduce((sum, hour) => sum + hour[count], 0));
  return {
    summary: t.statistics.summary.bookedWhenStarted(total("booked"), total("offered")),
    numbers: {
      caption: t.statistics.tables.bookedByHour,
      columns: [t.statistics.tables.hour, ...weekdayOrder().map((day) => weekdayName(day))],
      rows: Array.from({ length: 24 }, (_, hour) => [
        clockOf(hour),
        ...weekdayOrder().map((day) => cells[24 * day + hour]!.text || "–"),
      ]),
    },
    draw: ({ drawHours }, size) => drawHours(cells, size),
  };
}

/** Return the weeks of the platform's statistics. */
export function demandByWeek({ weekly }: PlatformStats): DemandSpan[] {
  return weekly.map(({ weekStart, offered, booked }) => ({ start: weekStart, offered, booked }));
}

/** Return the months of the platform's statistics. */
export function demandByMonth({ monthly }: PlatformStats): DemandSpan[] {
  return monthly.map(({ month, offered, booked }) => ({ start: `${month}-01`, offered, booked }));
}

/** Return the numbers of the spans that were counted, and which part of the offered slots was booked. */
export function demandTotal(spans: readonly DemandSpan[]): { offered: number; booked: number; fillRate: number | null } {
  const [offered, booked] = (["offered", "booked"] as const).map((count) =>
    spans.reduce((sum, span) => sum + (span[count] ?? 0), 0),
  ) as [number, number];
  return { offered, booked, fillRate: rateOf(booked, offered) };
}

/** Return the figure of booked slots by week or month; `spans` must not be empty. */
export function bookedFigure(spans: readonly DemandSpan[], names: SpanNames): FigureContents {
  const { offered, booked, fillRate } = demandTotal(spans);
  const isUnknown = spans.some((span) => span.offered === null);
  const starts = names.axisStarts(spans.map(({ start }) => start));
  const { summary, tables } = t.statistics;
  const text = summary.booked(formatNumber(booked), formatNumber(offered), percent(fillRate));
  return {
    summary: isUnknown ? `${text} ${summary.someNotCounted}` : text,
    numbers: {
      caption: tables.bookedBySpan,
      columns: [tables[names.column], tables.offered, tables.booked, tables.rate],
      rows: spans.map(({ start, offered, booked }) => [
        names.inTable(start),
        ...[offered, booked].map((count) => (count === null ? "–" : formatNumber(count))),
        percent(rateOf(booked, offered)),
      ]),
    },
    draw: ({ drawBooked }, size) => drawBooked(spans, starts, names.onAxis, size),
  };
}

/** Return the seasons that can be compared with a year ago: the last twelve weeks, and the last four full quarters. */
export function seasonsOf(monday: string): Season[] {
  const quarterOf = (year: number, quarter: number) => new Date(Date.UTC(year, 3 * quarter)).toISOString().slice(0, 10);
  const [year, month] = monday.split("-").map(Number) as [number, number];
  const current = Math.floor((month - 1) / 3);
  const quarters = [1, 2, 3, 4].map((ago) => {
    const [from, to] = [quarterOf(year, current - ago), quarterOf(year, current - ago + 1)];
    return { name: `${monthName(from)} – ${monthName(addDays(to, -1))}`, from, to };
  });
  const from = addDays(monday, -12 * 7);
  return [{ name: t.statistics.seasons.lastWeeks(shortDate(from)), from, to: monday }, ...quarters];
}

/** Return the same weeks a year ago: 52 weeks before, so that both seasons have as many weeks. */
export function yearBefore({ name, from, to }: Season): Season {
  return { name, from: addDays(from, -364), to: addDays(to, -364) };
}

type Count = (week: PlatformStats["weekly"][number]) => number | null;

/** Return the sum over the weeks; null if it isn't known, because a week's number isn't, or because no week was counted. */
function sumOf({ weekly, complete }: PlatformStats, count: Count): number | null {
  const isKnown = weekly.length > 0 || complete;
  return weekly.map(count).reduce((sum, each) => (sum === null || each === null ? null : sum + each), isKnown ? 0 : null);
}

/** Return the table that compares the statistics of a season with those of the same weeks a year ago. */
export function comparison(now: PlatformStats, before: PlatformStats): Numbers {
  const both = [now, before];
  const sums = (count: Count) =>
    both.map((stats) => sumOf(stats, count)).map((sum) => (sum === null ? "–" : formatNumber(sum)));
  const rates = both.map((stats) => rateOf(sumOf(stats, (week) => week.booked), sumOf(stats, (week) => week.offered)));
  const { seasons, facts } = t.statistics;
  return {
    caption: seasons.caption,
    columns: ["", seasons.now, seasons.before],
    rows: [
      [seasons.weeks, ...both.map(({ weekly }) => formatNumber(weekly.filter(({ offered }) => offered !== null).length))],
      [seasons.complete, ...both.map(({ complete }) => (complete ? seasons.yes : seasons.no))],
      [seasons.offered, ...sums((week) => week.offered)],
      [seasons.slotsBooked, ...sums((week) => week.booked)],
      [facts.booked, ...rates.map(percent)],
      [facts.added, ...sums((week) => week.slotsAdded)],
      [facts.removed, ...sums((week) => week.slotsRemoved)],
      [facts.late, ...sums((week) => week.lateRemovals)],
    ],
  };
}
