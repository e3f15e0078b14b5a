import type { ChangeStats, PlatformStats } from "slotledger-client";
import { plural, formatNumber } from "../labels";
import { t } from "../texts";
import { formatLocale } from "../time";
import { ceilingOf, totalOf } from "./series";
import type { Hour, Span } from "./series";

/** What "removed late" means. */
export const LATE = "less than 24 hours before the slot's start";

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

/** Return the start of an hour: "09:00". */
export function clockOf(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}

/** Return the summary of the chart by week or month. `nameOf` returns the name of a span: "in the week of 23 Nov". */
export function spansSummary(spans: readonly Span[], nameOf: (start: string) => string): string {
  const { slotsAdded, slotsRemoved, lateRemovals } = totalOf(spans);
  const slotsChanged = (span: Span) => span.slotsAdded + span.slotsRemoved;
  const busiest = spans.reduce((most, span) => (slotsChanged(span) > slotsChanged(most) ? span : most));
  const late = slotsRemoved > 0 ? `, ${lateRemovals === 0 ? "none" : formatNumber(lateRemovals)} of them late` : "";
  const ceiling = ceilingOf(spans);
  const isShortened = spans.some((span) => Math.max(span.slotsAdded, span.slotsRemoved) > ceiling);
  return (
    `${plural(slotsAdded, "slot")} added, ${formatNumber(slotsRemoved)} removed${late}. ` +
    `Most slots were changed ${nameOf(busiest.start)}: ${formatNumber(slotsChanged(busiest))}.` +
    (isShortened ? " Bars with a gap are shortened." : "")
  );
}

/**
 * Return the summary of the chart by weekday and hour. (An early release of Slotledger didn't count the hours, so they
 * may be missing.)
 */
export function hoursSummary(hours: readonly Hour[], of: "changes" | "removedSlots"): string {
  const total = hours.reduce((sum, { slots }) => sum + slots, 0);
  if (total === 0 && of === "removedSlots") {
    return "No slot was removed.";
  }
  if (total === 0) {
    return "The hours of these edits weren't counted.";
  }
  const { weekday, hour, slots } = hours.reduce((most, hour) => (hour.slots > most.slots ? hour : most));
  return (
    `Most ${of === "changes" ? "slots are changed" : "removed slots start"} on ${weekdayName(weekday, "long")}s, ${clockOf(hour)}–${clockOf(hour + 1)}: ` +
    `${formatNumber(slots)} of ${formatNumber(total)}.`
  );
}

/** Return the summary of the chart of the times that are removed most often. */
export function timesSummary(times: ChangeStats["mostRemovedTimes"], slotsRemoved: number): string {
  const [first, second] = times;
  if (first === undefined) {
    return slotsRemoved === 0 ? "No slot was removed." : "The times of the removed slots weren't counted.";
  }
  const count = plural(first.count, "time");
  const tied = times.filter(({ count }) => count === first.count).length;
  if (tied === 1) {
    return `${first.time} was removed most often: ${count}.`;
  }
  return `${first.time} and ${tied === 2 ? second!.time : `${tied - 1} others`} were removed most often: ${count} each.`;
}

type Completeness = Pick<ChangeStats | PlatformStats, "complete" | "missingVersions">;
type PlatformCompleteness = Completeness & Pick<PlatformStats, "weekly">;

/** Return the text that says whether a tutor's numbers are complete. If they aren't, it says what to do. */
export function completenessText({ complete, missingVersions }: Completeness): string {
  if (complete) {
    return "Complete: the log has every edit of this period.";
  }
  const missing = missingVersions === 1 ? "1 edit is missing" : `${formatNumber(missingVersions)} edits are missing`;
  return `Incomplete: ${missing} from the log, so these numbers may be too low. Look again in ten minutes.`;
}

/** Return the text that says whether the numbers of all tutors are complete. These are counted once a week. */
export function platformCompletenessText({ complete, missingVersions, weekly }: PlatformCompleteness): string {
  if (complete) {
    return "Complete: the log had every edit when these weeks were counted.";
  }
  if (missingVersions === 0 && weekly.some(({ offered }) => offered === null)) {
    return "Incomplete: an older release counted some of these weeks. An operator can count them again.";
  }
  if (missingVersions === 0) {
    return "Incomplete: the last week isn't counted for every tutor yet. Weeks are counted early on Tuesdays.";
  }
  const missing = missingVersions === 1 ? "1 edit was missing" : `${formatNumber(missingVersions)} edits were missing`;
  return `Incomplete: ${missing} from the log when these weeks were counted, so these numbers may be too low.`;
}
