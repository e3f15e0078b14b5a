import { beforeEach, expect, test } from "vitest";

import type { Api } from "../src/api.js";
import { InvalidRequest } from "../src/errors.js";
import { ADMIN, ADMIN_USER, API_URL, MONDAY, NEXT_MONDAY, addTutor, all, apiFor, book, network, sql } from "./fixtures.js";
import type { Tutor } from "./fixtures.js";

let tutor: Tutor;
let api: Api;

beforeEach(async () => {
  tutor = await addTutor();
  api = apiFor(tutor);
});

const save = (...times: string[]) =>
  api.availability.updateAvailability(
    tutor.id,
    MONDAY,
    times.map((time) => ({ time })),
  );

test("with await, the history is one page of entries, and says whether it is complete", async () => {
  const { changeSetId } = await save("09:00", "10:00");
  const page = await api.audit.getAvailabilityHistory(tutor.id, 7, { limit: 1 });
  const entry = {
    id: expect.any(String),
    tutorId: tutor.id,
    date: MONDAY,
    startTime: expect.stringMatching(/^(09|10):00$/),
    durationMinutes: 60,
    action: "ADDED",
    reason: "tutor_edit",
    changedAt: expect.stringMatching(/^20.*\+00:00$/),
    changedBy: tutor.userId,
    notes: null,
    changeSetId,
    version: 1,
    source: "recorded",
    timeZone: "Asia/Kathmandu",
  };
  const { complete, missingVersions, nextCursor } = page;
  expect([[...page], { complete, missingVersions, nextCursor }]).toEqual([
    [entry],
    { complete: true, missingVersions: 0, nextCursor: expect.any(String) },
  ]);
  const last = await api.audit.getAvailabilityHistory(tutor.id, 7, { limit: 1, cursor: nextCursor! });
  expect([[...last], last.nextCursor]).toEqual([[entry], null]);
  expect(last[0]!.id).not.toBe(page[0]!.id);
});

test("with for await, each entry of all pages comes once, even if entries are added during the loop", async () => {
  await save("09:00", "10:00", "11:00");
  await save("12:00", "13:00");
  const before = [...(await api.audit.getAvailabilityHistory(tutor.id))];
  const { fetch, sent } = network();
  const entries = [];
  for await (const entry of apiFor(tutor, { fetch }).audit.getAvailabilityHistory(tutor.id, 30, { limit: 3 })) {
    if (entries.length % 3 === 1) {
      await api.availability.updateAvailability(tutor.id, NEXT_MONDAY, [{ time: `1${entries.length}:00` }]);
    }
    entries.push(entry);
  }
  expect(before.length).toBe(8);
  expect(entries).toEqual(before);
  expect(sent.length).toBe(3);
});

test("a history can be awaited and then iterated, and its first page is requested once", async () => {
  await save("09:00", "10:00");
  const { fetch, sent } = network();
  const history = apiFor(tutor, { fetch }).audit.getAvailabilityHistory(tutor.id, 30, { limit: 1 });
  const { complete, missingVersions } = await history;
  expect([complete, missingVersions, (await all(history)).length, sent.length]).toEqual([true, 0, 2, 2]);
});

test("a loop that ends on the first page requests no other page", async () => {
  await save("09:00", "10:00");
  const { fetch, sent } = network();
  for await (const entry of apiFor(tutor, { fetch }).audit.getAvailabilityHistory(tutor.id, 30, { limit: 1 })) {
    expect(entry.date).toBe(MONDAY);
    break;
  }
  expect(sent.length).toBe(1);
});

test("the history is filtered by action, reason and date", async () => {
  await save("09:00");
  await api.availability.updateAvailability(tutor.id, MONDAY, [], { reason: "illness" });
  await api.availability.updateAvailability(tutor.id, NEXT_MONDAY, [{ time: "10:00" }]);
  const filtered = async (filter: object) =>
    (await api.audit.getAvailabilityHistory(tutor.id, 30, filter)).map(({ date, action }) => `${date} ${action}`);
  expect(await filtered({ action: "REMOVED" })).toEqual([`${MONDAY} REMOVED`]);
  expect(await filtered({ reason: "tutor_edit" })).toEqual([`${NEXT_MONDAY} ADDED`, `${MONDAY} ADDED`]);
  expect(await filtered({ date: NEXT_MONDAY })).toEqual([`${NEXT_MONDAY} ADDED`]);
});

test("a page has what happened to bookings and settings, if it should include them", async () => {
  await save("09:00");
  await book(tutor, MONDAY, "09:00");
  const page = await api.audit.getAvailabilityHistory(tutor.id, 30, { include: ["bookings", "settings"] });
  const placed = { event: "PLACED", date: MONDAY, time: "09:00", by: null, reason: null };
  const ids = { bookingId: expect.any(String), studentId: expect.any(String), studentName: null };
  expect(page.bookingEvents).toEqual([{ ...placed, ...ids, at: expect.any(String), startsAt: expect.any(String) }]);
  expect(page.settingsEvents).toEqual([]);
  const { bookingEvents } = await api.audit.getAvailabilityHistory(tutor.id, 30, { include: [] });
  expect(bookingEvents).toBeUndefined();
});

test("a history with missing entries isn't complete", async () => {
  await save("09:00");
  await save("10:00");
  await sql(`delete from tutor_availability_log where tutor_id = '${tutor.id}' and version = 1`);
  const page = await api.audit.getAvailabilityHistory(tutor.id);
  expect([page.complete, page.missingVersions, page.length]).toEqual([false, 1, 2]);
});

test("admins get the history of all tutors, and its late removals", async () => {
  const other = await addTutor();
  await save("09:00", "10:00");
  await apiFor(other).availability.updateAvailability(other.id, MONDAY, [{ time: "09:00" }]);
  const { audit } = apiFor(ADMIN);
  const period = { from: new Date(Date.now() - 3_600_000).toISOString() };
  const isTheirs = ({ tutorId }: { tutorId: string }) => tutorId === tutor.id || tutorId === other.id;
  const entries = await all(audit.getPlatformHistory({ ...period, limit: 1 }));
  expect(entries.filter(isTheirs).length).toBe(3);
  await save();
  await sql(`update tutor_availability_log set date = date - 30 where tutor_id = '${tutor.id}'`);
  const late = await audit.getPlatformHistory({ ...period, late: true });
  expect(late.filter(isTheirs).map(({ tutorId, action }) => [tutorId, action])).toEqual(Array(2).fill([tutor.id, "REMOVED"]));
});

test("the CSV of a history has the same fields and filters as its pages", async () => {
  await save("09:00");
  await save("10:00");
  const [entry] = await api.audit.getAvailabilityHistory(tutor.id, 30, { action: "REMOVED" });
  const csv = await api.audit.getHistoryCsv(tutor.id, 30, { action: "REMOVED" });
  const [header, row, ...more] = csv.split("\r\n");
  expect([header!.split(","), row!.split(","), more]).toEqual([
    Object.keys(entry!),
    Object.values(entry!).map((value) => (value === null ? "" : String(value))),
    [""],
  ]);
});

test("the statistics of a tutor count slots, reasons, users, times and weeks", async () => {
  await save("09:00", "10:00");
  await save("10:00");
  const stats = await api.audit.getChangeStats(tutor.id, 7);
  expect(stats).toEqual({
    tutorId: tutor.id,
    days: 7,
    since: expect.any(String),
    until: expect.any(String),
    totalChanges: 3,
    slotsAdded: 2,
    slotsRemoved: 1,
    avgChangesPerDay: 0.43,
    mostActiveDay: expect.any(String),
    changeSets: 2,
    lateRemovals: 0,
    byWeekdayHour: Array(7).fill(Array(24).fill(expect.any(Number))),
    removedByWeekdayHour: [[...Array(9).fill(0), 1, ...Array(14).fill(0)], ...Array(6).fill(Array(24).fill(0))],
    mostRemovedTimes: [{ time: "09:00", count: 1 }],
    byReason: { tutor_edit: 3 },
    byUser: [{ userId: tutor.userId, changes: 3 }],
    weekly: [{ weekStart: expect.any(String), slotsAdded: 2, slotsRemoved: 1, lateRemovals: 0 }],
    demand: {
      offeredMinutes: 0,
      bookedMinutes: 0,
      fillRate: null,
      byWeekdayHour: Array(7).fill(Array(24).fill({ offered: 0, booked: 0 })),
      lateRemovalsOfPopularHours: 0,
      suggestions: [],
    },
    complete: true,
    missingVersions: 0,
  });
});

test("an admin's edit has the reason admin_action, and an admin gets the statistics of all tutors in pages", async () => {
  const admin = apiFor(ADMIN);
  const other = await addTutor();
  await save("09:00", "10:00");
  await admin.availability.updateAvailability(other.id, MONDAY, [{ time: "09:00" }]);
  const [entry] = await admin.audit.getAvailabilityHistory(other.id);
  expect([entry!.reason, entry!.changedBy]).toEqual(["admin_action", ADMIN_USER]);
  // The platform's statistics count only full weeks, so move the edits to the week before.
  for (const column of ["tutor_availability_log set changed_at = changed_at", "tutor_days set updated_at = updated_at"]) {
    await sql(`update ${column} - interval '7 days' where tutor_id in ('${tutor.id}', '${other.id}')`);
  }
  const headers = { Authorization: `Bearer ${ADMIN.token}` };
  expect((await fetch(`${API_URL}/weekly_stats`, { method: "POST", headers })).status).toBe(200);
  const first = await admin.audit.getPlatformStats(28, { limit: 1 });
  const activity = { slotsRemoved: 0, lateRemovals: 0 };
  const slots = { offered: expect.any(Number), booked: expect.any(Number) }; // other tests have slots in past weeks
  expect(first).toEqual({
    tutors: [{ tutorId: tutor.id, changes: 2, slotsAdded: 2, ...activity }],
    nextCursor: expect.any(String),
    weekly: expect.arrayContaining([expect.objectContaining({ weekStart: expect.any(String), slotsAdded: 3, ...activity, ...slots })]),
    monthly: expect.arrayContaining([expect.objectContaining({ month: expect.any(String), slotsAdded: 3, ...activity, ...slots })]),
    byWeekdayHour: Array(7).fill(Array(24).fill(expect.any(Number))),
    mostRemovedTimes: [],
    byReason: { admin_action: 1, tutor_edit: 2 },
    byUser: [{ userId: tutor.userId, changes: 2 }, { userId: ADMIN_USER, changes: 1 }],
    complete: true,
    missingVersions: 0,
  });
  const { tutors } = await admin.audit.getPlatformStats(28, { limit: 1, cursor: first.nextCursor! });
  expect(tutors).toEqual([{ tutorId: other.id, changes: 1, slotsAdded: 1, ...activity }]);
  const { weekStart } = first.weekly.at(-1)!;
  expect((await admin.audit.getPlatformStats(undefined, { from: weekStart })).weekly).toEqual(first.weekly.slice(-1));
  expect((await admin.audit.getPlatformStats(undefined, { to: weekStart })).weekly).toEqual(first.weekly.slice(0, -1));
  await expect(admin.audit.getPlatformStats(28, { from: weekStart })).rejects.toThrow(InvalidRequest);
});
