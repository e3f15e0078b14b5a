/** The dates of a lesson that is repeated. */

import type { Day, FoundSlot } from "slotledger-client";
import { spanOf } from "../clock";
import { addDays } from "../time";
import type { FreeSlot } from "../freeSlots";
import type { Rhythm } from "./search";

/** A date of a series. Without a slot, that time is taken or isn't offered on this date. */
export interface SeriesDate {
  date: string;
  /** The start of the lesson, whether or not the time is free. */
  startsAt: string;
  slot?: FreeSlot;
}

/** Return the last date of a series that begins on a date. */
export function lastDateOf(date: string, { everyWeeks, count }: Rhythm): string {
  return addDays(date, 7 * everyWeeks * (count - 1));
}

/**
 * Return the dates of a series, which has the same local time on each date, as `days` have them now. The server's rule
 * is the same: any free slot at that time counts that has the same length.
 */
export function seriesDates(
  first: Pick<FoundSlot, "date" | "time" | "durationMinutes" | "timeZone">,
  { everyWeeks, count }: Rhythm,
  days: readonly Day[],
  now: Date,
): SeriesDate[] {
  const byDate = new Map(days.map((day) => [day.date, day.timeSlots]));
  return Array.from({ length: count }, (_, i) => addDays(first.date, 7 * everyWeeks * i)).map((date) => {
    const slot = byDate
      .get(date)
      ?.find(
        (each) =>
          each.time === first.time &&
          each.durationMinutes === first.durationMinutes &&
          each.status === "AVAILABLE" &&
          each.notBookable === undefined &&
          new Date(each.startsAt) > now,
      );
    const startsAt = slot?.startsAt ?? new Date(spanOf(date, first)[0]).toISOString();
    return slot ? { date, startsAt, slot: { ...slot, date } } : { date, startsAt };
  });
}
