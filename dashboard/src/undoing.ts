/** What came of undoing a change set, in words. */

import {
  ChangeSetIncomplete,
  ChangeSetNotFound,
  DateInPast,
  InternalError,
  NetworkError,
  NotUnderstood,
  OverlappingSlots,
  TimedOut,
  Unavailable,
} from "slotledger-client";
import type { Update } from "slotledger-client";

/** Returns "2 added, 1 removed", without what there is none of. */
export function countsInWords({ added, removed }: { added: number; removed: number }): string {
  return [added && `${added} added`, removed && `${removed} removed`].filter(Boolean).join(", ");
}

/** Returns what a revert did. */
export function doneInWords({ changes, audit }: Pick<Update, "changes" | "audit">): string {
  const done = countsInWords(changes);
  if (done === "") {
    return "Nothing was left to undo.";
  }
  return audit === "deferred"
    ? `Undone: ${done}. It is saved; the history shows it in a few minutes.`
    : `Undone: ${done}.`;
}

/** Whether an edit that failed with this may have been saved nevertheless. */
export function mayBeSaved(error: Error): boolean {
  return [NetworkError, TimedOut, NotUnderstood, Unavailable, InternalError].some((kind) => error instanceof kind);
}

/** Returns why a change can't be undone; undefined where that has nothing to do with undoing. */
export function whyNotUndone(error: Error): string | undefined {
  if (error instanceof ChangeSetNotFound) {
    return "The history doesn't know this change any more: what was worked out gave way to the exact entries. Close this and look at the history again.";
  }
  if (error instanceof ChangeSetIncomplete) {
    return "Not all of this change is in the history yet, so it can't be undone as a whole. Try again in a few minutes.";
  }
  if (error instanceof DateInPast) {
    return "This change is about a day that is over, and what is over stays as it is. Change the other days in the week.";
  }
  if (error instanceof OverlappingSlots) {
    return "A slot that would come back shares time with one that was added since. Remove that one in the week first.";
  }
  return undefined;
}
