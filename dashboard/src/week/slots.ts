/**
 * The slots of a day: whether new slots fit between the others, and how two edits of a day are combined. The checks are
 * those of the server (`common/core/overlap.py`), which checks each save again.
 */

import type { Day, TimeSlot } from "slotledger-client";
import { exists, spanOf } from "../clock";
import type { ZonedSlot } from "../clock";

/** A day of an answer, with slots that all state their zones. */
export interface LoadedDay extends Day {
  timeSlots: (TimeSlot & ZonedSlot)[];
}

/** A slot with the date that it belongs to. */
export interface DatedSlot extends ZonedSlot {
  date: string;
}

/** Why a slot isn't possible: the clocks skip its time, it is booked, or there is another slot. */
export type Obstacle =
  | { kind: "skipped" | "booked" }
  | { kind: "overlap" | "sameStart"; other: DatedSlot };

/** A slot that can't be added, can't be removed, or can't have another length (in minutes). */
export interface SlotProblem extends DatedSlot {
  cannot: "add" | "remove" | number;
  why: Obstacle;
}

/** How long a slot may be (common/core/time_slots.py). */
export const DURATION_MINUTES = { min: 5, max: 720 };

/** Return whether a slot may be so long. */
export function isValidDuration(minutes: number): boolean {
  return Number.isInteger(minutes) && minutes >= DURATION_MINUTES.min && minutes <= DURATION_MINUTES.max;
}

/** Return a day of an answer in which all slots state their zones. `zone` is the answer's `timeZone`. */
export function zonedDay(zone: string, day: Day): LoadedDay {
  return { ...day, timeSlots: day.timeSlots.map((slot) => ({ ...slot, timeZone: slot.timeZone ?? zone })) };
}

/**
 * Return a day's existing slots together with the new slots that fit between them and the slots of other dates
 * (`others`), and a problem for each new slot that doesn't fit. Ignore new slots that exist already.
 */
export function fitSlots(
  date: string,
  existingSlots: readonly ZonedSlot[],
  newSlots: readonly ZonedSlot[],
  others: readonly DatedSlot[] = [],
): { slots: ZonedSlot[]; problems: SlotProblem[] } {
  const slots: ZonedSlot[] = existingSlots.map(plainSlot);
  const problems: SlotProblem[] = [];
  for (const slot of newSlots.map(plainSlot)) {
    const [start, end] = spanOf(date, slot);
    const near: DatedSlot[] = [...slots.map((other) => ({ ...other, date })), ...others];
    const overlapping = near.find((other) => {
      const [from, to] = spanOf(other.date, other);
      return start < to && from < end;
    });
    const atSameTime = slots.find(({ time }) => time === slot.time);
    if (!exists(slot.timeZone, date, slot.time)) {
      problems.push({ ...slot, date, cannot: "add", why: { kind: "skipped" } });
    } else if (overlapping !== undefined) {
      if (overlapping.date !== date || !isSame(overlapping, slot)) {
        problems.push({ ...slot, date, cannot: "add", why: { kind: "overlap", other: dated(overlapping) } });
      }
    } else if (atSameTime !== undefined) {
      problems.push({ ...slot, date, cannot: "add", why: { kind: "sameStart", other: dated({ ...atSameTime, date }) } });
    } else {
      slots.push(slot);
    }
  }
  return { slots: inOrder(slots), problems };
}

function dated({ date, ...slot }: DatedSlot): DatedSlot {
  return { ...plainSlot(slot), date };
}

/**
 * Combine two edits of a day. The tutor's edit changed `before` to `mine`, and a saved edit changed `before` to `now`.
 * Return the day's slots with the changes of both edits, and a problem for each change of `mine` that isn't possible
 * any more. Booked slots stay.
 */
export function combineEdits(
  date: string,
  before: readonly ZonedSlot[],
  mine: readonly ZonedSlot[],
  now: LoadedDay["timeSlots"],
): { slots: ZonedSlot[]; problems: SlotProblem[] } {
  const removed = withoutSlots(before, mine);
  const remaining = now.filter((slot) => slot.status === "BOOKED" || !includesSlot(removed, slot));
  const { slots, problems } = fitSlots(date, remaining, withoutSlots(mine, before));
  return { slots, problems: [...problems, ...bookedRemovals(date, removed, now)] };
}

/** Return a problem for each removed slot that is booked now. */
export function bookedRemovals(date: string, removed: readonly ZonedSlot[], now: LoadedDay["timeSlots"]): SlotProblem[] {
  const booked = now.filter((slot) => slot.status === "BOOKED" && includesSlot(removed, slot));
  return booked.map((slot) => ({ ...plainSlot(slot), date, cannot: "remove", why: { kind: "booked" } }));
}

/** Return the slots that aren't in `others`. */
export function withoutSlots(slots: readonly ZonedSlot[], others: readonly ZonedSlot[]): ZonedSlot[] {
  return slots.filter((slot) => !includesSlot(others, slot)).map(plainSlot);
}

/** Return whether a list of slots has a slot with the same time, duration and zone. */
export function includesSlot(slots: readonly ZonedSlot[], slot: ZonedSlot): boolean {
  return slots.some((other) => isSame(slot, other));
}

/** Return whether two slots have the same time, duration and zone. */
export function isSame(one: ZonedSlot, other: ZonedSlot): boolean {
  return (
    one.time === other.time && one.durationMinutes === other.durationMinutes && one.timeZone === other.timeZone
  );
}

/** Return a slot with only its time, duration and zone. */
export function plainSlot({ time, durationMinutes, timeZone }: ZonedSlot): ZonedSlot {
  return { time, durationMinutes, timeZone };
}

/** Return slots ordered by their times. */
export function inOrder<T extends ZonedSlot>(slots: readonly T[]): T[] {
  return [...slots].sort((one, other) => one.time.localeCompare(other.time));
}
