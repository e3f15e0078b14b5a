/**
 * Edits of all slots of a kind, on one day or many, and what the page asks before it offers them. Booked slots, slots that
 * have begun and days in the past stay as they are.
 */

import { dateAt, spanOf } from "../clock";
import type { Slot, ZonedSlot } from "../clock";
import { isSameZone } from "../time";
import { asOneStep, changeSlot, futureFreeSlots, isPast, removeSlots, replaceSlots, slotsOf } from "./draft";
import type { Draft, Edited } from "./draft";
import { plainSlot } from "./slots";
import type { SlotProblem } from "./slots";

/** Return the draft with a slot also on other dates, at the same local time, and a problem for each date without room. */
export function repeatSlot(draft: Draft, slot: ZonedSlot, dates: readonly string[]): Edited {
  return replaceSlots(draft, new Map(), new Map(dates.map((date) => [date, [plainSlot(slot)]])), draft.reason);
}

/** Return the draft with the slots of `from` copied to `to`, for each pair `[from, to]` of dates; booked slots stay. */
export function copyDays(draft: Draft, pairs: readonly (readonly [string, string])[]): Edited {
  const removals = new Map(pairs.map(([, to]) => [to, slotsOf(draft, to)]));
  const additions = new Map(pairs.map(([from, to]) => [to, slotsOf(draft, from).map(plainSlot)]));
  return replaceSlots(draft, removals, additions, "copy_week");
}

/** Return the draft without the slots that start on some dates of the tutor's calendar; booked and past slots stay. */
export function clearDays(draft: Draft, dates: readonly string[], now: number): Draft {
  const cleared = [...draft.loadedDays.keys()].map((date): [string, ZonedSlot[]] => {
    const slots = slotsOf(draft, date).filter(
      (slot) => dates.includes(dateAt(draft.zone, spanOf(date, slot)[0])) && !isPast(date, slot, now),
    );
    return [date, slots];
  });
  return removeSlots(draft, new Map(cleared.filter(([, slots]) => slots.length > 0)), "bulk_clear_future");
}

/**
 * Return the draft with another length for the free slots of one length, on some dates, and a problem for each slot that
 * has no room for it: that slot stays. Slots that have begun stay, too.
 */
export function resizeSlots(
  draft: Draft,
  dates: readonly string[],
  [fromMinutes, toMinutes]: readonly [number, number],
  now: number,
): Edited {
  let next = draft;
  const problems: SlotProblem[] = [];
  for (const date of dates) {
    for (const slot of futureFreeSlots(draft, date, now).filter(({ durationMinutes }) => durationMinutes === fromMinutes)) {
      const result = changeSlot(next, { ...slot, date }, { ...slot, date, durationMinutes: toMinutes });
      next = result.draft;
      problems.push(...result.problems.map((problem) => ({ ...problem, cannot: toMinutes })));
    }
  }
  return { draft: asOneStep(draft, next), problems };
}

/** Return the length that most free slots of some dates have, or undefined if there are none. */
export function usualLength(draft: Draft, dates: readonly string[], now: number): number | undefined {
  const counts = new Map<number, number>();
  for (const { durationMinutes } of dates.flatMap((date) => futureFreeSlots(draft, date, now))) {
    counts.set(durationMinutes, (counts.get(durationMinutes) ?? 0) + 1);
  }
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0];
}

/**
 * Return the draft with the free slots of a zone shifted to the same local times in the tutor's zone. Booked slots, and
 * slots that have begun, stay.
 */
export function shiftToTutorsZone(
  draft: Draft,
  fromZone: string,
  dates: readonly string[],
  now: number,
): Edited {
  const removals = new Map(
    dates
      .map((date): [string, ZonedSlot[]] => [
        date,
        futureFreeSlots(draft, date, now).filter(({ timeZone }) => timeZone === fromZone),
      ])
      .filter(([date, slots]) => slots.length > 0 && !isPast(date, { timeZone: draft.zone }, now)),
  );
  const additions = new Map(
    [...removals].map(([date, slots]) => [date, slots.map((slot) => ({ ...slot, timeZone: draft.zone }))]),
  );
  return replaceSlots(draft, removals, additions, draft.reason);
}

/** Return the zones of the free slots that begin after `now`, except the tutor's zone. */
export function otherZones(draft: Draft, dates: readonly string[], now: number): string[] {
  const free = dates.flatMap((date) => futureFreeSlots(draft, date, now));
  return [...new Set(free.map(({ timeZone }) => timeZone))].filter((zone) => !isSameZone(zone, draft.zone)).sort();
}

/**
 * Return the draft with the slots that the usual week gives a date. Those without a zone are in the tutor's. Booked slots,
 * and slots that have begun, stay. If the day has these slots already, return the same draft.
 */
export function withUsualSlots(
  draft: Draft,
  date: string,
  usual: readonly Slot[],
  now: number,
): Edited {
  const slots = usual.map((slot) => ({ ...slot, timeZone: slot.timeZone ?? draft.zone }));
  const additions = slots.filter((slot) => spanOf(date, slot)[0] > now);
  const removals = futureFreeSlots(draft, date, now);
  return replaceSlots(draft, new Map([[date, removals]]), new Map([[date, additions]]), draft.reason);
}
