/** The timeline: edits, bookings and settings in one order, by day. */

import type { BookingEvent, Instant, SettingsEvent } from "slotledger-client";
import { dateAt, spanOf } from "../clock";
import { dateIn } from "../time";
import { completeChangeSets } from "./changeSets";
import type { ChangeSet, Pages } from "./changeSets";
import { hasFilter } from "./filter";
import type { Filter } from "./filter";

/** What the timeline shows. */
export const SHOWN = ["all", "edits", "bookings"] as const;
export type Shown = (typeof SHOWN)[number];

/** Something that happened. */
export type Item =
  | { kind: "edit"; at: Instant; changeSet: ChangeSet }
  | { kind: "booking"; at: Instant; event: BookingEvent }
  | { kind: "setting"; at: Instant; event: SettingsEvent };

/** Return what happened, newest first. A filter for edits leaves out bookings and settings, one for a day the settings. */
export function itemsOf(pages: Pages, shown: Shown, filter: Filter): Item[] {
  const edits = completeChangeSets(pages).map((changeSet): Item => ({ kind: "edit", at: changeSet.changedAt, changeSet }));
  const isOfEdits = filter.action !== undefined || filter.reason !== undefined;
  const bookings = pages.bookingEvents
    .filter(({ date }) => !isOfEdits && (filter.date === undefined || filter.date === date))
    .map((event): Item => ({ kind: "booking", at: event.at, event }));
  const settings = hasFilter(filter) ? [] : pages.settingsEvents.map((event): Item => ({ kind: "setting", at: event.at, event }));
  const items = { all: [...edits, ...bookings, ...settings], edits: [...edits, ...settings], bookings }[shown];
  return items.sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** Return the items of each day of a zone, in their order. */
export function itemsByDay(items: readonly Item[], zone: string): [date: string, items: Item[]][] {
  const days = new Map<string, Item[]>();
  for (const item of items) {
    const date = dateIn(zone, new Date(item.at));
    days.set(date, [...(days.get(date) ?? []), item]);
  }
  return [...days];
}

/** Return the dates, in the tutor's zone, of the slots that an item is about. */
export function datesOf(item: Item, zone: string): string[] {
  if (item.kind === "edit") {
    return item.changeSet.changes.map((change) => dateAt(zone, spanOf(change.date, { ...change, timeZone: change.timeZone ?? zone })[0]));
  }
  return item.kind === "booking" ? [dateAt(zone, Date.parse(item.event.startsAt))] : [];
}
