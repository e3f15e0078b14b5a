import { beforeEach, expect, expectTypeOf, test } from "vitest";

import { createApi } from "../src/api.js";
import type { Api } from "../src/api.js";
import type { DryRun, Update } from "../src/types.js";
import { API_URL, MONDAY, NEXT_MONDAY, addTutor, all, apiFor, book, network, slot } from "./fixtures.js";
import type { Tutor } from "./fixtures.js";

const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

let tutor: Tutor;
let api: Api;

beforeEach(async () => {
  tutor = await addTutor();
  api = apiFor(tutor);
});

test("a saved day can be read without a token", async () => {
  const saved = await api.availability.updateAvailability(tutor.id, MONDAY, [{ time: "09:00" }, { time: "11:00" }]);
  const day = { date: MONDAY, version: 1, timeSlots: [slot(MONDAY, "09:00"), slot(MONDAY, "11:00")] };
  expect(saved).toEqual({
    tutorId: tutor.id,
    days: [day],
    changes: { added: 2, removed: 0 },
    diff: [
      { date: MONDAY, time: "09:00", durationMinutes: 60, action: "ADDED" },
      { date: MONDAY, time: "11:00", durationMinutes: 60, action: "ADDED" },
    ],
    changeSetId: UUID,
    audit: "recorded",
  });
  expect(await apiFor(null).availability.getAvailability(tutor.id, MONDAY, NEXT_MONDAY)).toEqual({
    tutorId: tutor.id,
    timeZone: "Asia/Kathmandu",
    startDate: MONDAY,
    endDate: NEXT_MONDAY,
    days: [day],
  });
});

test("the default range is two weeks from today on", async () => {
  const { startDate, endDate, days } = await api.availability.getAvailability(tutor.id);
  expect((Date.parse(endDate) - Date.parse(startDate)) / 86_400_000).toBe(13);
  expect(days).toEqual([]);
});

test("with asOf, the answer is the state at that instant", async () => {
  await api.availability.updateAvailability(tutor.id, MONDAY, [{ time: "09:00" }]);
  const [{ changedAt } = { changedAt: "" }] = await api.audit.getAvailabilityHistory(tutor.id);
  await api.availability.updateAvailability(tutor.id, MONDAY, []);
  expect(await api.availability.getAvailability(tutor.id, MONDAY, MONDAY, { asOf: changedAt })).toEqual({
    tutorId: tutor.id,
    timeZone: "Asia/Kathmandu",
    startDate: MONDAY,
    endDate: MONDAY,
    days: [{ date: MONDAY, version: 1, timeSlots: [slot(MONDAY, "09:00")] }],
    asOf: changedAt,
    complete: true,
  });
});

test("with explain, the tutor gets the reasons of removals, and others get only the times", async () => {
  await api.availability.updateAvailability(tutor.id, MONDAY, [{ time: "09:00" }, { time: "10:00" }]);
  const options = { reason: "illness", notes: "flu" } as const;
  await api.availability.updateAvailability(tutor.id, MONDAY, [{ time: "09:00" }], options);
  await book(tutor, MONDAY, "09:00");
  const readExplained = async (reader: Api) =>
    (await reader.availability.getAvailability(tutor.id, MONDAY, MONDAY, { explain: true })).days;
  const day = { date: MONDAY, version: 2, timeSlots: [{ ...slot(MONDAY, "09:00", "BOOKED"), why: "booked" }] };
  const changedAt = expect.any(String);
  const details = { reason: "illness", changedAt, changedBy: tutor.userId, note: "flu", notes: "flu" };
  expect(await readExplained(api)).toEqual([{ ...day, notOffered: [{ time: "10:00", ...details }] }]);
  expect(await readExplained(apiFor(null))).toEqual([{ ...day, notOffered: [{ time: "10:00" }] }]);
});

test("days and slots from an answer with explanations can be saved", async () => {
  await api.availability.updateAvailability(tutor.id, MONDAY, [{ time: "09:00" }, { time: "10:00" }]);
  await api.availability.updateAvailability(tutor.id, MONDAY, [{ time: "09:00" }]);
  const { days } = await api.availability.getAvailability(tutor.id, MONDAY, MONDAY, { explain: true });
  const nothing = { changes: { added: 0, removed: 0 }, diff: [], changeSetId: null, audit: "none" };
  expect(await api.availability.updateDays(tutor.id, days)).toMatchObject(nothing);
  const [day] = days;
  expect(await api.availability.updateAvailability(tutor.id, MONDAY, day!.timeSlots)).toMatchObject(nothing);
});

test("several days are saved in one change set, which can be reverted", async () => {
  const days = [MONDAY, NEXT_MONDAY].map((date) => ({ date, timeSlots: [{ time: "09:00" }], version: 0 }));
  const options = { reason: "copy_week", notes: "autumn" } as const;
  const saved = await api.availability.updateDays(tutor.id, days, options);
  const daysWith = (version: number, ...times: string[]) =>
    [MONDAY, NEXT_MONDAY].map((date) => ({ date, version, timeSlots: times.map((time) => slot(date, time)) }));
  expect(saved.days).toEqual(daysWith(1, "09:00"));
  const reverted = await api.availability.revert(tutor.id, saved.changeSetId!, { notes: "the wrong week" });
  expect(reverted).toEqual({
    tutorId: tutor.id,
    days: daysWith(2),
    changes: { added: 0, removed: 2 },
    diff: [MONDAY, NEXT_MONDAY].map((date) => ({ date, time: "09:00", durationMinutes: 60, action: "REMOVED" })),
    changeSetId: UUID,
    audit: "recorded",
  });
  const entries = await all(api.audit.getAvailabilityHistory(tutor.id));
  expect(entries.map(({ action, reason, notes, changeSetId }) => [action, reason, notes, changeSetId])).toEqual([
    ["REMOVED", "revert", "the wrong week", reverted.changeSetId],
    ["REMOVED", "revert", "the wrong week", reverted.changeSetId],
    ["ADDED", "copy_week", "autumn", saved.changeSetId],
    ["ADDED", "copy_week", "autumn", saved.changeSetId],
  ]);
});

test("a dry run saves nothing and returns the changes and conflicts, with the type DryRun", async () => {
  const saved = await api.availability.updateAvailability(tutor.id, MONDAY, [{ time: "09:00" }]);
  await book(tutor, MONDAY, "09:00");
  const dry = { dryRun: true } as const;
  const day = { date: MONDAY, version: 1, timeSlots: [slot(MONDAY, "09:00", "BOOKED")] };
  const preview = {
    tutorId: tutor.id,
    days: [day],
    changes: { added: 0, removed: 1 },
    diff: [{ date: MONDAY, time: "09:00", durationMinutes: 60, action: "REMOVED" }],
    changeSetId: null,
    audit: "none",
    conflicts: [{ date: MONDAY, time: "09:00", status: "CONFIRMED" }],
  };
  expect(await api.availability.updateAvailability(tutor.id, MONDAY, [], dry)).toEqual(preview);
  expect(await api.availability.updateDays(tutor.id, [{ date: MONDAY, timeSlots: [] }], dry)).toEqual(preview);
  expect(await api.availability.revert(tutor.id, saved.changeSetId!, dry)).toEqual(preview);
  expect((await api.availability.getAvailability(tutor.id, MONDAY, MONDAY)).days).toEqual([day]);

  const { availability } = api;
  const typed = () => ({
    dry: availability.updateAvailability("", "", [], { dryRun: true }),
    not: availability.updateAvailability("", "", [], { version: 1 }),
    either: availability.revert("", "", { dryRun: Boolean("") }),
  });
  expectTypeOf(typed).returns.toEqualTypeOf<{
    dry: Promise<DryRun>;
    not: Promise<Update>;
    either: Promise<Update | DryRun>;
  }>();
});

test("with baseUrl, functions are called by name, and a read of availability sends a token only with explain", async () => {
  const { fetch, sent } = network();
  const apiOnNetwork = apiFor(tutor, { fetch });
  await apiOnNetwork.availability.getAvailability(tutor.id);
  await apiOnNetwork.availability.getAvailability(tutor.id, undefined, undefined, { explain: true });
  await apiOnNetwork.availability.updateAvailability(tutor.id, MONDAY, []);
  await apiOnNetwork.audit.getAvailabilityHistory(tutor.id);
  await apiOnNetwork.audit.getChangeStats(tutor.id);
  const authorization = `Bearer ${tutor.token}`;
  expect(sent.map(({ method, url, headers }) => [method, new URL(url).pathname, headers])).toEqual([
    ["GET", "/get_availability", {}],
    ["GET", "/get_availability", { Authorization: authorization }],
    ["PUT", "/update_availability", { Authorization: authorization, "Content-Type": "application/json" }],
    ["GET", "/audit_history", { Authorization: authorization }],
    ["GET", "/audit_stats", { Authorization: authorization }],
  ]);
});

test("with urls, each function is called at its URL", async () => {
  const sent: string[] = [];
  const fetchFromApi: typeof fetch = (url, init) => {
    sent.push(String(url));
    return fetch(String(url).replace(/^https:..(.*).example/, `${API_URL}/$1`), init);
  };
  const urls = {
    get_availability: "https://get_availability.example/",
    update_availability: "https://update_availability.example/",
    audit_history: "https://audit_history.example/",
    audit_stats: "https://audit_stats.example/",
  };
  const { availability, audit, tutors } = createApi({ urls, fetch: fetchFromApi, getToken: async () => tutor.token });
  await availability.getAvailability(tutor.id, MONDAY);
  await availability.updateAvailability(tutor.id, MONDAY, []);
  await audit.getAvailabilityHistory(tutor.id, 7, { date: MONDAY });
  await audit.getChangeStats(tutor.id);
  expect(sent).toEqual([
    `https://get_availability.example/?tutorId=${tutor.id}&startDate=${MONDAY}`,
    "https://update_availability.example/",
    `https://audit_history.example/?tutorId=${tutor.id}&days=7&date=${MONDAY}`,
    `https://audit_stats.example/?tutorId=${tutor.id}`,
  ]);
  // An app from before `tutors` has no URL for it. It can be built as before.
  await expect(tutors.getMe()).rejects.toThrow("createApi: urls has no URL of tutors");
});
