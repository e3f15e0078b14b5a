import { longDate } from "../time";
import { counted } from "../labels";
import type { DayChange, LeftOut } from "./draft";

/** Returns "3 to offer, 1 to withdraw, on 2 days". */
export function summary(changes: readonly DayChange[]): string {
  const added = changes.reduce((sum, day) => sum + day.added.length, 0);
  const removed = changes.reduce((sum, day) => sum + day.removed.length, 0);
  return `${added} to offer, ${removed} to withdraw, on ${counted(changes.length, "day")}`;
}

/** Returns what couldn't be offered, a sentence each. */
export function leftOutInWords(leftOut: readonly LeftOut[]): string[] {
  return leftOut.map(({ date, time, why }) => `${longDate(date)}, ${time} is left out: ${why}.`);
}
