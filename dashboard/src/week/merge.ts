/** What becomes of a day that two people edited at once: nothing of either edit is lost without being asked for. */

import type { Day } from "slotledger-client";
import { fit, minus, together } from "./draft";
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
  /** What of this edit isn't in them, and why. */
  leftOut: { both: LeftOut[]; mine: LeftOut[]; theirs: LeftOut[] };
}

/** Returns the ways to bring two edits of a day together: `read` is what both began with. */
export function merge(zone: string, read: readonly Slot[], mine: readonly Slot[], day: Day): Merge {
  const { date, timeSlots: now } = day;
  const { fitting, leftOut } = together(zone, date, read, mine, now);
  const alone = fit(zone, date, minus(now.filter(({ status }) => status === "BOOKED"), []), mine);
  return {
    date,
    theirs: { added: minus(now, read), removed: minus(read, now) },
    mine: { added: minus(mine, read), removed: minus(read, mine) },
    ways: { both: fitting, mine: alone.fitting, theirs: minus(now, []) },
    leftOut: { both: leftOut, mine: alone.leftOut, theirs: [] },
  };
}
