/** Late removals: how many in each week and of each tutor, and the file with all of them. */

import type { Entry } from "slotledger-client";
import { spanOf } from "../clock";
import { addDays, dateIn, mondayOf } from "../time";

/** The periods to choose from: the last 13 weeks, the last full quarter of the calendar, the last 30 days. */
export const PERIODS = ["weeks", "quarter", "month"] as const;
export type PeriodName = (typeof PERIODS)[number];

/** Dates in the viewer's zone; `to` isn't in the period. */
export interface Period {
  from: string;
  to: string;
}

/** A slot that was removed late. */
export interface Removal {
  entry: Entry;
  /** The Monday of the week in which it was removed, in the viewer's zone. */
  week: string;
  /** How long before its start it was removed; negative if it had begun. */
  minutesBefore: number;
}

/** What the list shows: the removals of a week, of a tutor, or both. */
export interface Choice {
  week?: string;
  tutorId?: string;
}

const WEEKS = 13;

/** Return a period, seen from today. */
export function periodOf(name: PeriodName, today: string): Period {
  const tomorrow = addDays(today, 1);
  if (name === "weeks") {
    return { from: addDays(mondayOf(today), -7 * (WEEKS - 1)), to: tomorrow };
  }
  if (name === "month") {
    return { from: addDays(tomorrow, -30), to: tomorrow };
  }
  const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(5, 7))];
  const to = new Date(Date.UTC(year, month - 1 - ((month - 1) % 3), 1));
  const from = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() - 3, 1));
  return { from: from.toISOString().slice(0, 10), to: to.toISOString().slice(0, 10) };
}

/** Return the removals of entries. */
export function removalsOf(entries: readonly Entry[], zone: string): Removal[] {
  return entries.map((entry) => {
    const { date, startTime, durationMinutes, timeZone, changedAt } = entry;
    const start = spanOf(date, { time: startTime, durationMinutes, timeZone })[0];
    const minutesBefore = Math.round((start - Date.parse(changedAt)) / 60_000);
    return { entry, week: mondayOf(dateIn(zone, new Date(changedAt))), minutesBefore };
  });
}

/** Return each week of a period with its number of removals. */
export function countByWeek(removals: readonly Removal[], { from, to }: Period): [monday: string, count: number][] {
  const counts = new Map<string, number>();
  for (let monday = mondayOf(from); monday < to; monday = addDays(monday, 7)) {
    counts.set(monday, 0);
  }
  removals.forEach(({ week }) => counts.set(week, (counts.get(week) ?? 0) + 1));
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Return the tutors with their numbers of removals, most first. */
export function countByTutor(removals: readonly Removal[]): [tutorId: string, count: number][] {
  const counts = new Map<string, number>();
  removals.forEach(({ entry: { tutorId } }) => counts.set(tutorId, (counts.get(tutorId) ?? 0) + 1));
  return [...counts].sort(([, a], [, b]) => b - a);
}

/** Return the removals of a choice. */
export function chosenOf(removals: readonly Removal[], { week, tutorId }: Choice): Removal[] {
  return removals.filter(
    (removal) => (week === undefined || removal.week === week) && (tutorId === undefined || removal.entry.tutorId === tutorId),
  );
}

// Spreadsheets read such a cell as a formula (OWASP, "CSV Injection"). The server's files have the same rule.
const FORMULA = /(^|[;\t])(?=[\s\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])/g;

const COLUMNS = ["tutor", "tutorId", "date", "time", "timeZone", "durationMinutes", "removedAt", "minutesBefore", "removedBy", "reason", "notes"];

/** Return removals as CSV (RFC 4180), with the names of the fields in the first line. */
export function csvOf(removals: readonly Removal[], nameOf: (tutorId: string) => string): string {
  const rows = removals.map(({ entry, minutesBefore }) => [
    ...[nameOf(entry.tutorId), entry.tutorId, entry.date, entry.startTime, entry.timeZone, entry.durationMinutes],
    ...[entry.changedAt, minutesBefore, entry.changedBy, entry.reason, entry.notes],
  ]);
  return [COLUMNS, ...rows].map((row) => `${row.map(cellOf).join(",")}\r\n`).join("");
}

function cellOf(value: string | number | null): string {
  const text = typeof value === "number" ? String(value) : (value ?? "").replace(FORMULA, "$1'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Return the numbers for the lines of a chart: whole steps up to at least the largest count. */
export function linesOf(largest: number): number[] {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((each) => each * 4 >= largest) ?? Math.ceil(largest / 4);
  return [1, 2, 3, 4].map((number) => number * step);
}
