/** What becomes of a day that two people edited at once: nothing of either edit is lost without being asked for. */

import type { Day, TimeSlot } from "slotledger-client";
import { fit, isSame } from "./draft";
import type { LeftOut } from "./draft";
import type { Slot } from "../clock";

export interface Merge {
  date: string;
  /** What the others did since the day was read. */
  theirs: { added: Slot[]; removed: Slot[] };
  /** What this edit does to the day as it was read. */
  mine: { added: Slot[]; removed: Slot[] };
  /** Each way to go on, by the slots that the day is to have; booked slots stay in each of them. */
  ways: { both: Slot[]; mine: Slot[]; theirs: Slot[] };
  /** What of this edit isn't in `both`, and why. */
  leftOut: LeftOut[];
}

/** Returns the ways to bring two edits of a day together: `read` is what both began with. */
export function merge(zone: string, read: readonly Slot[], mine: readonly Slot[], day: Day): Merge {
  const now = day.timeSlots;
  const booked = now.filter(isBooked);
  const [added, removed] = [without(mine, read), without(read, mine)];
  const kept = now.filter((slot) => isBooked(slot) || !removed.some((other) => isSame(slot, other)));
  const { fitting, leftOut } = fit(zone, day.date, kept, added);
  const stuck = removed.filter((slot) => booked.some((other) => isSame(slot, other)));
  return {
    date: day.date,
    theirs: { added: without(now, read), removed: without(read, now) },
    mine: { added, removed },
    ways: { both: fitting, mine: fit(zone, day.date, booked, mine).fitting, theirs: now.map(bare) },
    leftOut: [...leftOut, ...stuck.map((slot) => ({ ...bare(slot), date: day.date, why: "it is booked now, and stays" }))],
  };
}

function isBooked(slot: TimeSlot): boolean {
  return slot.status === "BOOKED";
}

function without(slots: readonly Slot[], others: readonly Slot[]): Slot[] {
  return slots.filter((slot) => !others.some((other) => isSame(slot, other))).map(bare);
}

function bare({ time, durationMinutes }: Slot): Slot {
  return { time, durationMinutes };
}
