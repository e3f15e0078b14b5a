/** The moments to look back to: just before each change of a week. */

import type { Instant } from "slotledger-client";
import { mondayInWeekOf } from "../time";
import { justBefore } from "./instants";
import { datesOf } from "./timeline";
import type { Item } from "./timeline";

const DAY_MS = 24 * 60 * 60 * 1000;

/** A change of the week, on the strip of the time line. */
export interface Mark {
  at: Instant;
  kind: "added" | "removed" | "booked" | "external";
}

/** The shown moment, and the Monday in the shown week. */
export interface Moment {
  at: Instant;
  week: string;
}

/** Return the changes of a week, oldest first, each instant once. */
export function marksOf(items: readonly Item[], week: string, zone: string): Mark[] {
  const marks = new Map<Instant, Mark>();
  for (const item of items.toReversed()) {
    if (datesOf(item, zone).some((date) => mondayInWeekOf(date) === week)) {
      marks.set(item.at, { at: item.at, kind: kindOf(item) });
    }
  }
  return [...marks.values()];
}

function kindOf(item: Item): Mark["kind"] {
  if (item.kind !== "edit") {
    return "booked";
  }
  const { reason, source, changes } = item.changeSet;
  if (reason === "external" || source === "reconstructed") {
    return "external";
  }
  return changes.some(({ action }) => action === "ADDED") ? "added" : "removed";
}

/** Return the moment just before an item, and the week of the first day that it is about. Settings are about no day. */
export function momentBefore(item: Item, zone: string): Moment | undefined {
  const [date] = datesOf(item, zone).sort();
  return date === undefined ? undefined : { at: justBefore(item.at), week: mondayInWeekOf(date) };
}

/**
 * Return the moment that the address names. What it doesn't name follows: the moment is just before the newest change of
 * the week, and the week is that of the next change after the moment, or else of the newest. Return undefined if nothing
 * is known to have changed.
 */
export function momentOf(params: URLSearchParams, items: readonly Item[], zone: string, now: Date): Moment | undefined {
  const [at, date] = [params.get("at"), params.get("week")];
  const isPast = at !== null && Date.parse(at) <= now.getTime(); // false if it isn't an instant
  const moments = items.map((item) => momentBefore(item, zone)).filter((moment) => moment !== undefined);
  const next = isPast ? moments.findLast((moment) => instantOf(moment.at) >= instantOf(at)) : undefined;
  const named = date !== null && /^\d{4}-\d\d-\d\d$/.test(date) ? mondayInWeekOf(date) : undefined;
  const week = named ?? (next ?? moments[0])?.week ?? (isPast ? mondayInWeekOf(at.slice(0, 10)) : undefined);
  if (week === undefined || isPast) {
    return week && isPast ? { at, week } : undefined;
  }
  const last = marksOf(items, week, zone).at(-1);
  return { at: last ? justBefore(last.at) : new Date(now.getTime() - DAY_MS).toISOString(), week };
}

/** Return the moments before and after a moment: each is just before a change. */
export function neighbours(marks: readonly Mark[], at: Instant): { before?: Instant; after?: Instant } {
  const stops = marks.map((mark) => justBefore(mark.at));
  const [moment, instants] = [instantOf(at), stops.map(instantOf)];
  return {
    before: stops[instants.findLastIndex((instant) => instant < moment)],
    after: stops[instants.findIndex((instant) => instant > moment)],
  };
}

/** Return an instant in microseconds: changes may be less than a millisecond apart. */
function instantOf(at: Instant): number {
  const micros = /\.\d{3}(\d+)/.exec(at)?.[1] ?? "";
  return Date.parse(at) * 1000 + Number(micros.padEnd(3, "0"));
}

/** Return the first instant of the strip, which ends now: the day of the first mark, at least a week ago. */
export function stripStart(marks: readonly Mark[], at: Instant, now: number): number {
  const first = Math.min(now - 7 * DAY_MS, Date.parse(at), ...marks.map((mark) => Date.parse(mark.at)));
  return first - (now - first) * 0.04;
}

/** Return the changes after a moment that the log knows only from the check that found them. */
export function doubtful(items: readonly Item[], { at, week }: Moment, zone: string): Item[] {
  return items.filter(
    (item) =>
      item.kind === "edit" &&
      instantOf(item.at) > instantOf(at) &&
      (item.changeSet.reason === "external" || item.changeSet.source === "reconstructed") &&
      datesOf(item, zone).some((date) => mondayInWeekOf(date) === week),
  );
}
