/** The choices for a day that the draft edits, and that somebody else has edited since it was loaded. */

import { combineEdits, fitSlots, withoutSlots } from "./slots";
import type { LoadedDay, SlotProblem } from "./slots";
import type { ZonedSlot } from "../clock";

export interface Merge {
  date: string;
  /** What others have saved since the day was loaded. */
  theirs: { added: ZonedSlot[]; removed: ZonedSlot[] };
  /** What the draft changes. */
  mine: { added: ZonedSlot[]; removed: ZonedSlot[] };
  /** The slots that the day will have, for each choice. Booked slots stay with every choice. */
  choices: { both: ZonedSlot[]; mine: ZonedSlot[]; theirs: ZonedSlot[] };
  /**
   * The changes of the draft that aren't possible. With `mine`, these are only the slots that don't fit beside the
   * booked slots. With `theirs`, the list is empty, because the draft's changes are dropped.
   */
  problems: { both: SlotProblem[]; mine: SlotProblem[]; theirs: SlotProblem[] };
}

/** Return the choices for a day. The draft changed `loaded` to `mine`, and the saved edit changed `loaded` to `day`. */
export function merge(loaded: readonly ZonedSlot[], mine: readonly ZonedSlot[], day: LoadedDay): Merge {
  const { date, timeSlots: now } = day;
  const both = combineEdits(date, loaded, mine, now);
  const booked = now.filter(({ status }) => status === "BOOKED");
  const onlyMine = fitSlots(date, booked, mine);
  return {
    date,
    theirs: { added: withoutSlots(now, loaded), removed: withoutSlots(loaded, now) },
    mine: { added: withoutSlots(mine, loaded), removed: withoutSlots(loaded, mine) },
    choices: { both: both.slots, mine: onlyMine.slots, theirs: withoutSlots(now, []) },
    problems: { both: both.problems, mine: onlyMine.problems, theirs: [] },
  };
}
