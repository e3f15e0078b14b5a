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
import { t } from "./texts";

/** Return counts as text: "2 added, 1 removed". Leave out a count that is zero. */
export function countsText({ added, removed }: { added: number; removed: number }): string {
  return t.history.counts(added, removed);
}

/** Return the text that says what a revert did. */
export function revertText({ changes, audit }: Pick<Update, "changes" | "audit">): string {
  const isNothing = changes.added === 0 && changes.removed === 0;
  return isNothing ? t.history.revert.wasNothing : t.history.revert.done(countsText(changes), audit === "deferred");
}

/** Return whether an edit that failed with this error may have been saved. */
export function mayHaveBeenSaved(error: Error): boolean {
  return [NetworkError, TimedOut, NotUnderstood, Unavailable, InternalError].some((kind) => error instanceof kind);
}

/** Return why an edit can't be undone. Return undefined if `ErrorMessage` has the text for the error. */
export function revertErrorText(error: Error): string | undefined {
  if (error instanceof ChangeSetNotFound) {
    return t.history.revert.replaced;
  }
  if (error instanceof ChangeSetIncomplete) {
    return t.history.revert.incomplete;
  }
  if (error instanceof DateInPast) {
    return t.history.revert.past;
  }
  if (error instanceof OverlappingSlots) {
    return t.history.revert.overlap;
  }
  return undefined;
}
