/** Texts that say what a revert did, or why it failed. */

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

/** Return counts as text: "2 added, 1 removed". Leave out a count that is zero. */
export function countsText({ added, removed }: { added: number; removed: number }): string {
  return [added && `${added} added`, removed && `${removed} removed`].filter(Boolean).join(", ");
}

/** Return the text that says what a revert did. */
export function revertText({ changes, audit }: Pick<Update, "changes" | "audit">): string {
  const counts = countsText(changes);
  if (counts === "") {
    return "There was nothing left to undo.";
  }
  return audit === "deferred"
    ? `Undone: ${counts}. It is saved; the history shows it in a few minutes.`
    : `Undone: ${counts}.`;
}

/** Return whether an edit that failed with this error may have been saved. */
export function mayHaveBeenSaved(error: Error): boolean {
  return [NetworkError, TimedOut, NotUnderstood, Unavailable, InternalError].some((kind) => error instanceof kind);
}

/** Return why an edit can't be undone. Return undefined if `ErrorMessage` has the text for the error. */
export function revertErrorText(error: Error): string | undefined {
  if (error instanceof ChangeSetNotFound) {
    return (
      "This edit isn't in the history any more. It stood for edits whose entries were missing. These entries have " +
      "replaced it. Close this and reload the page."
    );
  }
  if (error instanceof ChangeSetIncomplete) {
    return "Not all of this edit is in the history yet. Try again in a few minutes.";
  }
  if (error instanceof DateInPast) {
    return "This edit includes a day in the past, which can't be changed. You can change its other days in the week.";
  }
  if (error instanceof OverlappingSlots) {
    return "A slot that undo would add again overlaps a slot that was added later. Remove the later slot in the week first.";
  }
  return undefined;
}
