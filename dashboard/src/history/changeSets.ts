import type { Change, Entry, History, Reason } from "slotledger-client";

/** What one update changed: its entries, as far as the filter lets them through. */
export interface ChangeSet {
  id: string;
  changedAt: string;
  /** A user's id; null where nobody knows. */
  changedBy: string | null;
  reason: Reason;
  notes: string | null;
  source: Entry["source"];
  changes: Change[];
}

/** The pages that were read so far, as one. */
export interface Pages {
  entries: Entry[];
  nextCursor: string | null;
  complete: boolean;
  missingVersions: number;
}

/** Returns the pages with one more; whether the history is complete, the newest one says. */
export function joined(before: Pages | undefined, page: History): Pages {
  const { nextCursor, complete, missingVersions } = page;
  return { entries: [...(before?.entries ?? []), ...page], nextCursor, complete, missingVersions };
}

/**
 * Returns the change sets of which every entry was read, newest first.
 *
 * All entries of a change set have one instant, by which pages are ordered: where more follow, what has the last entry's
 * instant may be cut by the page's end. Those of one instant needn't lie together: what was worked out afterwards has
 * the instant of an edit that follows it.
 */
export function wholeChangeSets({ entries, nextCursor }: Pages): ChangeSet[] {
  const cut = nextCursor === null ? undefined : entries.at(-1)?.changedAt;
  const found = new Map<string, ChangeSet>();
  for (const { changeSetId: id, ...entry } of entries) {
    if (entry.changedAt === cut) {
      continue;
    }
    const { changedAt, changedBy, reason, notes, source, date, startTime: time, durationMinutes, action } = entry;
    const changeSet = found.get(id) ?? { id, changedAt, changedBy, reason, notes, source, changes: [] };
    changeSet.changes.push({ date, time, durationMinutes, action });
    found.set(id, changeSet);
  }
  return [...found.values()];
}

/** Returns the changes of each date, in order; a removal comes before an addition at the same time. */
export function byDate(changes: readonly Change[]): [date: string, changes: Change[]][] {
  const key = ({ date, time, action }: Change) => `${date} ${time} ${action === "REMOVED" ? 0 : 1}`;
  const found = new Map<string, Change[]>();
  for (const change of [...changes].sort((a, b) => (key(a) < key(b) ? -1 : 1))) {
    found.set(change.date, [...(found.get(change.date) ?? []), change]);
  }
  return [...found];
}

/** Returns how many slots were added and removed. */
export function counts(changes: readonly Change[]): { added: number; removed: number } {
  const added = changes.filter(({ action }) => action === "ADDED").length;
  return { added, removed: changes.length - added };
}
