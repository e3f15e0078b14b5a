import { zoneNote } from "../clock";
import { longDate } from "../time";
import { plural } from "../labels";
import type { DayChange } from "./draft";
import type { SlotProblem } from "./slots";

/** A text names the dates of at most this many days. */
const MAX_NAMED_DAYS = 2;

/** Return as text how many slots are to be added and removed, on how many days: "2 to add, 1 to remove, on 2 days". */
export function changesText(changes: readonly DayChange[]): string {
  const { added, removed } = countChanges(changes);
  return `${added} to add, ${removed} to remove, on ${plural(changes.length, "day")}`;
}

/** Return how many changes aren't saved: "3 changes not saved". */
export function notSavedText(changes: readonly DayChange[]): string {
  const { added, removed } = countChanges(changes);
  return `${plural(added + removed, "change")} not saved`;
}

/**
 * Return what a save means for students: "Students will see 2 more times on Friday 27 November and 1 fewer on Thursday 26
 * November." Many days aren't named.
 */
export function consequenceText(changes: readonly DayChange[]): string {
  const { added, removed } = countChanges(changes);
  const more = (count: number, where: string) => `${plural(count, "more time")}${where}`;
  const fewer = (count: number, where: string) => `${count} fewer${where}`;
  const parts =
    changes.length <= MAX_NAMED_DAYS
      ? changes.flatMap(({ date, added, removed }) => [
          ...(added.length > 0 ? [more(added.length, ` on ${longDate(date)}`)] : []),
          ...(removed.length > 0 ? [fewer(removed.length, ` on ${longDate(date)}`)] : []),
        ])
      : [...(added > 0 ? [more(added, "")] : []), ...(removed > 0 ? [fewer(removed, "")] : [])];
  const where = changes.length <= MAX_NAMED_DAYS ? "" : `, on ${plural(changes.length, "day")}`;
  return `Students will see ${new Intl.ListFormat("en-GB").format(parts)}${where}.`;
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
