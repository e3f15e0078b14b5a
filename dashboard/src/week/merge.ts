/** The choices for a day that two people edited at the same time. */

import type { Day } from "slotledger-client";
import { combineEdits, fitSlots, withoutSlots } from "./draft";
import type { SlotProblem } from "./draft";
import type { Slot } from "../clock";

export interface Merge {
  date: string;
  /** What others changed since the day was loaded. */
  theirs: { added: Slot[]; removed: Slot[] };
  /** What this edit changes. */
  mine: { added: Slot[]; removed: Slot[] };
  /** The slots of the day for each choice; booked slots stay in each. */
  choices: { both: Slot[]; mine: Slot[]; theirs: Slot[] };
  /** The changes of this edit that a choice can't include. */
  problems: { both: SlotProblem[]; mine: SlotProblem[]; theirs: SlotProblem[] };
}

/** Return the choices for a day: `loaded` are the slots that both edits started from. */
export function merge(zone: string, loaded: readonly Slot[], mine: readonly Slot[], day: Day): Merge {
  const { date, timeSlots: now } = day;
  const both = combineEdits(zone, date, loaded, mine, now);
  const booked = now.filter(({ status }) => status === "BOOKED");
  const onlyMine = fitSlots(zone, date, booked, mine);
  return {
    date,
    theirs: { added: withoutSlots(now, loaded), removed: withoutSlots(loaded, now) },
    mine: { added: withoutSlots(mine, loaded), removed: withoutSlots(loaded, mine) },
    choices: { both: both.slots, mine: onlyMine.slots, theirs: withoutSlots(now, []) },
    problems: { both: both.problems, mine: onlyMine.problems, theirs: [] },
  };
}
