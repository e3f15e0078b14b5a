import type { Entry } from "slotledger-client";

/** For each source, a note on how the change set got into the history. Recorded change sets need no note. */
export const SOURCES: Record<Entry["source"], string | null> = {
  recorded: null,
  deferred: "Recorded late, because the log wasn't available when this was saved. Nothing is missing.",
  reconstructed:
    "Reconstructed: the net change of edits whose entries were lost. These edits were saved at this time or earlier. " +
    "Their steps are unknown.",
};
