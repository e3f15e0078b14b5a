import type { Entry } from "slotledger-client";

/** How a change set reached the history, if that matters. */
export const SOURCES: Record<Entry["source"], string | null> = {
  recorded: null,
  deferred: "Recorded late, because the log wasn't available when this was saved. It is exact.",
  reconstructed:
    "Reconstructed: the net change of edits whose entries were lost. They were saved at this time or earlier; " +
    "what changed in between is unknown.",
};
