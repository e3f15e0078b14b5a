import type { Entry } from "slotledger-client";

/** What is to be known about how entries came into the history. */
export const SOURCES: Record<Entry["source"], string | null> = {
  recorded: null,
  deferred: "Came late: the log couldn't take it at once. It is exact nevertheless.",
  reconstructed:
    "Worked out afterwards: the net change of edits whose entries were lost. They happened then or earlier; " +
    "what they changed in between isn't known.",
};
