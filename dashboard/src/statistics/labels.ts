import type { ChangeStats, PlatformStats } from "slotledger-client";
import { formatNumber } from "../labels";
import { t } from "../texts";
import { clockName, formatLocale } from "../time";
import { ceilingOf, totalOf } from "./series";
import type { Hour, Span } from "./series";

/** Return the name of a reason. If the reason has no name, because the server is newer, return the reason itself. */
export function reasonName(reason: string): string {
  return (t.reasons as Record<string, string>)[reason] ?? reason;
}

/** Return a short number: "1.2K" for 1234. */
export function shortNumeral(count: number): string {
  return new Intl.NumberFormat(formatLocale(), { notation: "compact" }).format(count);
}

function formatDate(date: string, style: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(formatLocale(), { timeZone: "UTC", ...style }).format(new Date(date));
}

/** Return a date with its year: "23 Nov 2026". */
export function fullDate(date: string): string {
  return formatDate(date, { day: "numeric", month: "short", year: "numeric" });
}

/** Return a date without its year: "23 Nov". */
export function shortDate(date: string): string {
  return formatDate(date, { day: "numeric", month: "short" });
}

/** Return a date's month: "Nov 2026". */
export function monthName(date: string): string {
  return formatDate(date, { month: "short", year: "numeric" });
}

/** Return a date's weekday: "Monday". */
export function weekdayOf(date: string): string {
  return formatDate(date, { weekday: "long" });
}

/** Return the name of a weekday (0 is Monday): "Mon", or "Monday" in the long style. */
export function weekdayName(weekday: number, style: "short" | "long" = "short"): string {
  return formatDate(`2026-11-${23 + weekday}`, { weekday: style });
}

/** Return the start of an hour (0 to 24): "09:00", "9:00 AM". */
export function clockOf(hour: number): string {
  return clockName(`${String(hour).padStart(2, "0")}:00`);
}

/** Return the span of an hour: "09:00–10:00". */
export function hourSpan(hour: number): string {
  return `${clockOf(hour)}–${clockOf(hour + 1)}`;
}

/** Return the summary of the chart by week or month. `nameOf` returns the name of a span: "in the week of 23 Nov". */
export function spansSummary(spans: readonly Span[], nameOf: (start: string) => string): string {
  const { slotsAdded, slotsRemoved, lateRemovals } = totalOf(spans);
  const slotsChanged = (span: Span) => span.slotsAdded + span.slotsRemoved;
  const busiest = spans.reduce((most, span) => (slotsChanged(span) > slotsChanged(most) ? span : most));
  const { summary } = t.statistics;
  const late = slotsRemoved === 0 ? null : lateRemovals === 0 ? summary.noneLate : formatNumber(lateRemovals);
  const ceiling = ceilingOf(spans);
  const isShortened = spans.some((span) => Math.max(span.slotsAdded, span.slotsRemoved) > ceiling);
  const most = formatNumber(slotsChanged(busiest));
  const text = summary.spans(slotsAdded, formatNumber(slotsRemoved), late, nameOf(busiest.start), most);
  return isShortened ? `${text} ${summary.shortened}` : text;
}

/**
 * Return the summary of the chart by weekday and hour. (An early release of Slotledger didn't count the hours, so they
 * may be missing.)
 */
export function hoursSummary(hours: readonly Hour[], of: "changes" | "removedSlots"): string {
  const total = hours.reduce((sum, { slots }) => sum + slots, 0);
  if (total === 0 && of === "removedSlots") {
    return t.statistics.summary.noneRemoved;
  }
  if (total === 0) {
    return t.statistics.summary.hoursUnknown;
  }
  const { weekday, hour, slots } = hours.reduce((most, hour) => (hour.slots > most.slots ? hour : most));
  const sentence = of === "changes" ? t.statistics.summary.changedOn : t.statistics.summary.startOn;
  return sentence(weekdayName(weekday, "long"), hourSpan(hour), formatNumber(slots), formatNumber(total));
}

/** Return the summary of the chart of the times that are removed most often. */
export function timesSummary(times: ChangeStats["mostRemovedTimes"], slotsRemoved: number): string {
  const [first, second] = times;
  if (first === undefined) {
    return slotsRemoved === 0 ? t.statistics.summary.noneRemoved : t.statistics.summary.timesUnknown;
  }
  const tied = times.filter(({ count }) => count === first.count).length;
  if (tied === 1) {
    return t.statistics.summary.time(clockName(first.time), first.count);
  }
  const other = tied === 2 ? clockName(second!.time) : null;
  return t.statistics.summary.times(clockName(first.time), other, tied - 1, first.count);
}

type Completeness = Pick<ChangeStats | PlatformStats, "complete" | "missingVersions">;
type PlatformCompleteness = Completeness & Pick<PlatformStats, "weekly">;

/** Return the text that says whether a tutor's numbers are complete. If they aren't, it says what to do. */
export function completenessText({ complete, missingVersions }: Completeness): string {
  return complete ? t.statistics.complete.all : t.statistics.complete.missing(missingVersions);
}

/** Return the text that says whether the numbers of all tutors are complete. These are counted once a week. */
export function platformCompletenessText({ complete, missingVersions, weekly }: PlatformCompleteness): string {
  if (complete) {
    return t.statistics.complete.allWeeks;
  }
  if (missingVersions > 0) {
    return t.statistics.complete.missingThen(missingVersions);
  }
  const isOld = weekly.some(({ offered }) => offered === null);
  return isOld ? t.statistics.complete.olderRelease : t.statistics.complete.lastWeek;
}
