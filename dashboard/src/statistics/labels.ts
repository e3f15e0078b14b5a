import type { ChangeStats, PlatformStats } from "slotledger-client";
import { LOCALE } from "../time";
import { REASONS, counted, numeral } from "../labels";
import { ceilingOf, totalOf } from "./series";
import type { Hour, Span } from "./series";

/** What "late" means, wherever it is counted. */
export const LATE = "less than 24 hours before the slot's start";

/** Returns a reason in words; one that a newer server has, as it is. */
export function reasonName(reason: string): string {
  return (REASONS as Record<string, string>)[reason] ?? reason;
}

/** Returns a number that has to fit into little room: 1234 is "1.2K". */
export function shortNumeral(count: number): string {
  return new Intl.NumberFormat(LOCALE, { notation: "compact" }).format(count);
}

function inStyle(date: string, style: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(LOCALE, { timeZone: "UTC", ...style }).format(new Date(date));
}

/** Returns a date with its year: "23 Nov 2026". */
export function fullDate(date: string): string {
  return inStyle(date, { day: "numeric", month: "short", year: "numeric" });
}

/** Returns a date for an axis: "23 Nov". */
export function shortDate(date: string): string {
  return inStyle(date, { day: "numeric", month: "short" });
}

/** Returns a date's month: "Nov 2026". */
export function monthName(date: string): string {
  return inStyle(date, { month: "short", year: "numeric" });
}

/** Returns a date's weekday: "Monday". */
export function weekdayOf(date: string): string {
  return inStyle(date, { weekday: "long" });
}

/** Returns the name of a weekday, 0 is Monday: "Mon", or in full. */
export function weekdayName(weekday: number, style: "short" | "long" = "short"): string {
  return inStyle(`2026-11-${23 + weekday}`, { weekday: style });
}

/** Returns when an hour begins: "09:00". */
export function clockOf(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}

/** The point of the plot by week or month; `nameOf` says a span with its preposition: "in the week of 23 Nov". */
export function spansInWords(spans: readonly Span[], nameOf: (start: string) => string): string {
  const { slotsAdded, slotsRemoved, lateRemovals } = totalOf(spans);
  const changes = (span: Span) => span.slotsAdded + span.slotsRemoved;
  const busiest = spans.reduce((most, span) => (changes(span) > changes(most) ? span : most));
  const late = slotsRemoved > 0 ? `, ${lateRemovals === 0 ? "none" : numeral(lateRemovals)} of them late` : "";
  const ceiling = ceilingOf(spans);
  const isCut = spans.some((span) => Math.max(span.slotsAdded, span.slotsRemoved) > ceiling);
  return (
    `${counted(slotsAdded, "slot")} added, ${numeral(slotsRemoved)} removed${late}. ` +
    `Most was changed ${nameOf(busiest.start)}: ${counted(changes(busiest), "slot")}.` +
    (isCut ? " A bar with a gap is cut short." : "")
  );
}

/** The point of the plot by weekday and hour; weeks that an early release counted lack the hours. */
export function hoursInWords(hours: readonly Hour[]): string {
  const total = hours.reduce((sum, { changes }) => sum + changes, 0);
  if (total === 0) {
    return "The hours of these changes weren't counted.";
  }
  const { weekday, hour, changes } = hours.reduce((most, hour) => (hour.changes > most.changes ? hour : most));
  return (
    `Most changes are made on ${weekdayName(weekday, "long")}s, ${clockOf(hour)}–${clockOf(hour + 1)}: ` +
    `${numeral(changes)} of ${numeral(total)}.`
  );
}

/** The point of the plot of the times that are removed most, most first, of so many removed slots. */
export function timesInWords(times: ChangeStats["mostRemovedTimes"], slotsRemoved: number): string {
  const [first, second] = times;
  if (first === undefined) {
    return slotsRemoved === 0 ? "No slot was removed." : "The times of the removed slots weren't counted.";
  }
  const often = counted(first.count, "time");
  const equals = times.filter(({ count }) => count === first.count).length;
  if (equals === 1) {
    return `${first.time} was removed most often: ${often}.`;
  }
  return `${first.time} and ${equals === 2 ? second!.time : `${equals - 1} others`} were removed most often: ${often} each.`;
}

type Completeness = Pick<ChangeStats | PlatformStats, "complete" | "missingVersions">;

/** Whether a tutor's numbers are complete, and what to do. */
export function completeness({ complete, missingVersions }: Completeness): string {
  if (complete) {
    return "Complete: the log tells of every edit of this period.";
  }
  const missing = missingVersions === 1 ? "1 edit is missing" : `${numeral(missingVersions)} edits are missing`;
  return `Incomplete: ${missing} from the log, so these numbers may be too low. Look again in ten minutes.`;
}

/** Whether the numbers of all tutors are complete: the log, and the weekly table that is made from it. */
export function platformCompleteness({ complete, missingVersions }: Completeness): string {
  if (complete) {
    return "Complete: the log told of every edit when these weeks were counted.";
  }
  if (missingVersions === 0) {
    return "Incomplete: the last week isn't counted for every tutor yet. That is done early on Tuesdays.";
  }
  const missing = missingVersions === 1 ? "1 edit was missing" : `${numeral(missingVersions)} edits were missing`;
  return `Incomplete: ${missing} from the log when these weeks were counted, so these numbers may be too low.`;
}
