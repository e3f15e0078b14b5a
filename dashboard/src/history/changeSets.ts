import type { BookingEvent, Change, Entry, History, Reason, SettingsEvent } from "slotledger-client";

/** A change set. `changes` has only the changes that match the filter. */
export interface ChangeSet {
  id: string;
  changedAt: string;
  /** The id of the user; null if the user is unknown. */
  changedBy: string | null;
  reason: Reason;
  notes: string | null;
  source: Entry["source"];
  changes: Change[];
}

/** All loaded pages as one. */
export interface Pages {
  entries: Entry[];
  nextCursor: string | null;
  complete: boolean;
  missingVersions: number;
  /** What happened to bookings and settings, newest first. */
  bookingEvents: BookingEvent[];
  settingsEvents: SettingsEvent[];
}

/**
 * Return the joined pages with one more page. The new page's `complete` and `missingVersions` replace the earlier ones.
 */
export function joinPages(before: Pages | undefined, page: History): Pages {
  const { nextCursor, complete, missingVersions, bookingEvents = [], settingsEvents = [] } = page;
  return {
    entries: [...(before?.entries ?? []), ...page],
    ...{ nextCursor, complete, missingVersions },
    bookingEvents: [...(before?.bookingEvents ?? []), ...bookingEvents],
    settingsEvents: [...(before?.settingsEvents ?? []), ...settingsEvents],
  };
}

/**
 * Return the change sets that are loaded completely, newest first.
 *
 * Entries are ordered by instant, and all entries of a change set have the same instant. If there is a next page,
 * change sets with the instant of the last loaded entry may continue there, so leave them out. Two change sets may have
 * the same instant, because a reconstructed change set has the instant of the next edit. Their entries may be mixed.
 */
export function completeChangeSets({ entries, nextCursor }: Pages): ChangeSet[] {
  const incompleteInstant = nextCursor === null ? undefined : entries.at(-1)?.changedAt;
  const changeSets = new Map<string, ChangeSet>();
  for (const { changeSetId: id, ...entry } of entries) {
    if (entry.changedAt === incompleteInstant) {
      continue;
    }
    const { changedAt, changedBy, reason, notes, source } = entry;
    const { date, startTime: time, durationMinutes, timeZone, action } = entry;
    const changeSet = changeSets.get(id) ?? { id, changedAt, changedBy, reason, notes, source, changes: [] };
    changeSet.changes.push({ date, time, durationMinutes, timeZone, action });
    changeSets.set(id, changeSet);
  }
  return [...changeSets.values()];
}

/** Return the changes of each date, ordered by time. A removal is before an addition at the same time. */
export function changesByDate(changes: readonly Change[]): [date: string, changes: Change[]][] {
  const key = ({ date, time, action }: Change) => `${date} ${time} ${action === "REMOVED" ? 0 : 1}`;
  const changesOfDates = new Map<string, Change[]>();
  for (const change of [...changes].sort((a, b) => (key(a) < key(b) ? -1 : 1))) {
    changesOfDates.set(change.date, [...(changesOfDates.get(change.date) ?? []), change]);
  }
  return [...changesOfDates];
}

/** Return how many slots were added and removed. */
export function countChanges(changes: readonly Change[]): { added: number; removed: number } {
  const added = changes.filter(({ action }) => action === "ADDED").length;
  return { added, removed: changes.length - added };
}
