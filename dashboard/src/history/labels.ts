import type { Entry } from "slotledger-client";

/** A note for each source that says how the change set got into the history. Recorded change sets need no note. */
export const SOURCES: Record<Entry["source"], string | null> = {
  recorded: null,
  deferred: "Recorded late, because the log wasn't available when this was saved. Nothing is missing.",
  reconstructed:
    "Reconstructed: the net change of edits whose entries were lost. These edits were saved at this time or earlier. " +
    "The history can't show them one by one.",
};
