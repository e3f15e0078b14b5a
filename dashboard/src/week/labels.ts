import { zoneNote } from "../clock";
import { longDate } from "../time";
import { plural } from "../labels";
import type { DayChange } from "./draft";
import type { SlotProblem } from "./slots";

/** Return as text how many slots are to be added and removed, on how many days: "2 to add, 1 to remove, on 2 days". */
export function changesText(changes: readonly DayChange[]): string {
  const { added, removed } = countChanges(changes);
  return `${added} to add, ${removed} to remove, on ${plural(changes.length, "day")}`;
}

/**
 * Return the text of the bar below the week. It says how many changes aren't saved, and that students can't book the
 * new slots yet.
 */
export function unsavedText(changes: readonly DayChange[]): string {
  const { added, removed } = countChanges(changes);
  if (added + removed === 0) {
    return "No changes to save.";
  }
  const text = `${plural(added + removed, "change")} not saved: ${changesText(changes)}.`;
  return added === 0 ? text : `${text} Nobody can book ${added === 1 ? "the new slot" : "the new slots"} yet.`;
}

/** Return a sentence for each slot that can't be added or removed. It names the slot's zone if it isn't the tutor's. */
export function problemLines(zone: string, problems: readonly SlotProblem[]): string[] {
  return problems.map((slot) => `${longDate(slot.date)}, ${slot.time}${zoneNote(zone, slot)} ${slot.message}.`);
}

function countChanges(changes: readonly DayChange[]): { added: number; removed: number } {
  return {
    added: changes.reduce((sum, day) => sum + day.added.length, 0),
    removed: changes.reduce((sum, day) => sum + day.removed.length, 0),
  };
}
