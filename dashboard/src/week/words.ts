import type { Reason } from "slotledger-client";
import { longDate } from "../time";
import { spanOf, timeAt } from "./clock";
import type { Slot } from "./clock";
import type { DayChange, LeftOut } from "./draft";

/** The reasons that a person may give, in words. */
export const REASONS: Partial<Record<Reason, string>> = {
  tutor_edit: "My plans changed",
  conflict: "Something else is on",
  vacation: "Holiday",
  illness: "Illness",
  copy_week: "Copied from another week",
  bulk_clear_future: "Cleared",
  admin_action: "Support's edit",
  other: "Something else",
};

/** Returns "09:00–10:00", by the tutor's clock. */
export function slotName(zone: string, date: string, slot: Slot): string {
  return `${slot.time}–${timeAt(zone, spanOf(zone, date, slot)[1])}`;
}

/** Returns "3 to offer, 1 to withdraw, on 2 days". */
export function summary(changes: readonly DayChange[]): string {
  const added = changes.reduce((sum, day) => sum + day.added.length, 0);
  const removed = changes.reduce((sum, day) => sum + day.removed.length, 0);
  return `${added} to offer, ${removed} to withdraw, on ${count(changes.length, "day")}`;
}

/** Returns "1 day", "2 days". */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

/** Returns what couldn't be offered, a sentence each. */
export function leftOutInWords(leftOut: readonly LeftOut[]): string[] {
  return leftOut.map(({ date, time, why }) => `${longDate(date)}, ${time} is left out: ${why}.`);
}
