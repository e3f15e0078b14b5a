import type { BookingEvent, Entry, SettingsEvent } from "slotledger-client";
import { afterEach, expect, test, vi } from "vitest";
import type { Pages } from "../src/history/changeSets";
import { filterOf } from "../src/history/filter";
import { doubtful, marksOf, momentOf, neighbours } from "../src/history/moment";
import { itemsByDay, itemsOf } from "../src/history/timeline";
import type { Shown } from "../src/history/timeline";

function entry(id: string, changedAt: string, more: Partial<Entry> = {}): Entry {
  return {
    ...{ id, tutorId: "t", date: "2026-12-24", startTime: "09:00", durationMinutes: 60, timeZone: "UTC", action: "ADDED" },
    ...{ reason: "tutor_edit", changedAt, changedBy: "u", notes: null, changeSetId: id, version: 1, source: "recorded" },
    ...more,
  } as Entry;
}

const BOOKED: BookingEvent = {
  ...{ at: "2026-11-22T20:01:00+00:00", bookingId: "b", event: "PLACED", date: "2026-12-24", time: "09:00" },
  ...{ startsAt: "2026-12-24T09:00:00+00:00", studentId: "s", studentName: "Maya", by: "s", reason: null },
};
const RENAMED: SettingsEvent = { at: "2026-11-21T10:00:00+00:00", by: "u", field: "name", before: "A", after: "B" };
const PAGES: Pages = {
  entries: [
    entry("removed", "2026-11-23T08:00:00.000005+00:00", { action: "REMOVED" }),
    entry("other week", "2026-11-22T23:30:00+00:00", { date: "2026-12-28" }),
    entry("added", "2026-11-20T08:00:00+00:00"),
  ],
  bookingEvents: [BOOKED],
  settingsEvents: [RENAMED],
  ...{ nextCursor: null, complete: true, missingVersions: 0 },
};

const params = (query: string) => new URLSearchParams(query);
const filter = (query = "") => filterOf(params(query), ["illness"]);
const names = (shown: Shown, query?: string) =>
  itemsOf(PAGES, shown, filter(query)).map((item) => (item.kind === "edit" ? item.changeSet.id : item.kind));
const ITEMS = itemsOf(PAGES, "all", filter());
const NOW = new Date("2026-11-30T12:00:00Z");

afterEach(() => vi.stubGlobal("navigator", { language: "en-GB", languages: ["en-GB"] }));

test("edits, bookings and settings are in one order", () => {
  expect(names("all")).toEqual(["removed", "other week", "booking", "setting", "added"]);
  expect(names("edits")).toEqual(["removed", "other week", "setting", "added"]);
  expect(names("bookings")).toEqual(["booking"]);
});

test("a filter for edits leaves out the bookings, one for a day keeps those of the day", () => {
  expect(names("all", "action=ADDED")).toEqual(["removed", "other week", "added"]); // the server has filtered the edits
  expect(names("bookings", "reason=illness")).toEqual([]);
  expect(names("bookings", "date=2026-12-24")).toEqual(["booking"]);
  expect(names("bookings", "date=2026-12-25")).toEqual([]);
});

test("what isn't valid in an address is left out of the filter", () => {
  expect(filter("days=12&action=MOVED&reason=none&date=soon")).toEqual({ days: 30, action: undefined, reason: undefined, date: undefined });
  expect(filter("days=90&action=ADDED&reason=illness&date=2026-12-24")).toEqual({
    ...{ days: 90, action: "ADDED", reason: "illness", date: "2026-12-24" },
  });
});

test("items are grouped by the days of the tutor's zone", () => {
  expect(itemsByDay(ITEMS, "Europe/Copenhagen").map(([date, items]) => [date, items.length])).toEqual([
    ["2026-11-23", 2],
    ["2026-11-22", 1],
    ["2026-11-21", 1],
    ["2026-11-20", 1],
  ]);
});

test("the strip has the changes of its week, oldest first", () => {
  expect(marksOf(ITEMS, "2026-12-21", "UTC").map(({ kind }) => kind)).toEqual(["added", "booked", "removed"]);
  const found = itemsOf({ ...PAGES, entries: [entry("x", "2026-11-23T08:00:00Z", { reason: "external" })] }, "all", filter());
  expect(marksOf(found, "2026-12-21", "UTC").map(({ kind }) => kind)).toEqual(["booked", "external"]);
});

test("the moment is the address's, or else just before the newest change of the week", () => {
  const [beforeRemoval, beforeOther] = ["2026-11-23T08:00:00.000004Z", "2026-11-22T23:29:59.999999Z"];
  expect(momentOf(params(""), ITEMS, "UTC", NOW)).toEqual({ at: beforeRemoval, week: "2026-12-21" });
  expect(momentOf(params("week=2026-12-29"), ITEMS, "UTC", NOW)).toEqual({ at: beforeOther, week: "2026-12-28" });
  expect(momentOf(params("week=2026-11-25"), ITEMS, "UTC", NOW)).toEqual({ at: "2026-11-29T12:00:00.000Z", week: "2026-11-23" });
  expect(momentOf(params(`at=${beforeOther}`), ITEMS, "UTC", NOW)).toEqual({ at: beforeOther, week: "2026-12-28" });
  expect(momentOf(params("at=2026-11-24T00:00:00Z"), ITEMS, "UTC", NOW)).toEqual({ at: "2026-11-24T00:00:00Z", week: "2026-12-21" });
  expect(momentOf(params("at=2026-11-24T00:00:00Z"), [], "UTC", NOW)).toEqual({ at: "2026-11-24T00:00:00Z", week: "2026-11-23" });
  expect(momentOf(params("at=2030-01-01T00:00:00Z"), ITEMS, "UTC", NOW)?.at).toBe(beforeRemoval);
  expect(momentOf(params(""), [], "UTC", NOW)).toBeUndefined();
});

test("the moments before and after go from change to change", () => {
  const marks = marksOf(ITEMS, "2026-12-21", "UTC");
  const [first, second, third] = ["2026-11-20T07:59:59.999999Z", "2026-11-22T20:00:59.999999Z", "2026-11-23T08:00:00.000004Z"];
  expect(neighbours(marks, second!)).toEqual({ before: first, after: third });
  expect(neighbours(marks, first!)).toEqual({ before: undefined, after: second });
  expect(neighbours(marks, third!)).toEqual({ before: second, after: undefined });
  expect(neighbours(marks, "2026-11-21T00:00:00Z")).toEqual({ before: first, after: second });
  expect(neighbours([], third!)).toEqual({ before: undefined, after: undefined });
});

test("a change of the week that was only found later makes what was before it doubtful", () => {
  const items = itemsOf({ ...PAGES, entries: [entry("x", "2026-11-23T08:00:00Z", { source: "reconstructed" })] }, "all", filter());
  const doubts = (at: string, week: string) => doubtful(items, { at, week }, "UTC").length;
  expect([doubts("2026-11-22T08:00:00Z", "2026-12-21"), doubts("2026-11-24T08:00:00Z", "2026-12-21")]).toEqual([1, 0]);
  expect(doubts("2026-11-22T08:00:00Z", "2026-12-28")).toBe(0);
});

test("for a viewer whose week begins on Sunday, a week is still named by its Monday", () => {
  vi.stubGlobal("navigator", { language: "en-US" });
  expect(momentOf(params("week=2026-12-27"), ITEMS, "UTC", NOW)?.week).toBe("2026-12-28");
  expect(momentOf(params("week=2026-12-26"), ITEMS, "UTC", NOW)?.week).toBe("2026-12-21");
});
