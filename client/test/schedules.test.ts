/** Tests of `api.schedules`: reading and saving a weekly schedule. */

import { beforeEach, expect, test } from "vitest";

import { Forbidden, InvalidRequest, OverlappingSlots, TutorNotFound, Unauthenticated, VersionMismatch } from "../src/errors.js";
import type { Schedule } from "../src/types.js";
import { ADMIN, MONDAY, NEXT_MONDAY, addTutor, answerLost, apiFor, book, errorOf, network } from "./fixtures.js";
import type { Tutor } from "./fixtures.js";

// It is published through the Sunday of the week of NEXT_MONDAY.
const SCHEDULE: Schedule = {
  validFrom: MONDAY,
  everyWeeks: 1,
  weeksAhead: 3,
  timeZone: null,
  slots: [{ weekday: "MON", time: "15:00", durationMinutes: 45 }],
  breaks: [],
};
const SUNDAY = new Date(Date.parse(NEXT_MONDAY) + 6 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);

let tutor: Tutor;

beforeEach(async () => {
  tutor = await addTutor("UTC");
});

const added = (date: string) => ({ date, time: "15:00", durationMinutes: 45, action: "ADDED" });

test("a schedule is previewed, saved, read and withdrawn", async () => {
  const { schedules } = apiFor(tutor);
  const tutorId = tutor.id;
  const none = { tutorId, schedule: null, publishedThrough: null, version: 0 };
  expect(await schedules.get(tutorId)).toEqual(none);
  const preview = await schedules.save({ tutorId, schedule: SCHEDULE, version: 0, dryRun: true });
  expect([preview.changes, preview.changeSetId]).toEqual([{ added: 2, removed: 0 }, null]);
  expect(await schedules.get(tutorId)).toEqual(none);
  const saved = await schedules.save({ tutorId, schedule: SCHEDULE, version: 0 });
  const stored = { tutorId, schedule: SCHEDULE, publishedThrough: SUNDAY, version: 1 };
  expect(saved).toMatchObject({ ...stored, diff: [added(MONDAY), added(NEXT_MONDAY)], kept: [], truncated: false });
  expect(await schedules.get(tutorId)).toEqual(stored);
  const withdrawn = await apiFor(ADMIN).schedules.save({ tutorId, schedule: null, version: 1 });
  expect(withdrawn).toMatchObject({ ...none, version: 2, changes: { added: 0, removed: 2 } });
});

test("what publishing keeps is in the answer, unless it overwrites", async () => {
  const { availability, schedules } = apiFor(tutor);
  await availability.updateAvailability(tutor.id, MONDAY, [{ time: "09:00" }]);
  await availability.updateAvailability(tutor.id, NEXT_MONDAY, [{ time: "10:00" }]);
  await book(tutor, NEXT_MONDAY, "10:00");
  const toSave = { tutorId: tutor.id, schedule: SCHEDULE };
  const saved = await schedules.save(toSave);
  expect(saved.kept).toEqual([
    { date: MONDAY, why: "edited", times: ["09:00", "15:00"] },
    { date: NEXT_MONDAY, why: "edited", times: ["10:00", "15:00"] },
  ]);
  const overwritten = await schedules.save({ ...toSave, overwrite: true });
  expect(overwritten.changes).toEqual({ added: 2, removed: 1 });
  expect(overwritten.kept).toEqual([{ date: NEXT_MONDAY, why: "booked", times: ["10:00"] }]);
});

test("a schedule that was changed elsewhere isn't overwritten", async () => {
  const { schedules } = apiFor(tutor);
  await schedules.save({ tutorId: tutor.id, schedule: SCHEDULE, version: 0 });
  const mine = { ...SCHEDULE, weeksAhead: 4 };
  const error = await errorOf(schedules.save({ tutorId: tutor.id, schedule: mine, version: 0 }));
  expect(error).toBeInstanceOf(VersionMismatch);
  expect(error.days).toEqual([]);
});

test("a schedule whose answer is lost is saved once", async () => {
  const { fetch, sent } = network(answerLost);
  const saved = await apiFor(tutor, { fetch }).schedules.save({ tutorId: tutor.id, schedule: SCHEDULE, version: 0 });
  expect([saved.version, saved.changeSetId, sent.length]).toEqual([1, null, 2]);
});

test("invalid schedules are refused by field", async () => {
  const { schedules } = apiFor(tutor);
  const [slot] = SCHEDULE.slots;
  const overlapping = { ...SCHEDULE, slots: [slot!, { ...slot!, time: "15:30" }] };
  const overlap = await errorOf(schedules.save({ tutorId: tutor.id, schedule: overlapping }));
  expect(overlap).toBeInstanceOf(OverlappingSlots);
  expect(overlap.errors[0].field).toBe("schedule.slots[1].time");
  const backwards = { ...SCHEDULE, breaks: [{ from: NEXT_MONDAY, to: MONDAY }] };
  const invalid = await errorOf(schedules.save({ tutorId: tutor.id, schedule: backwards }));
  expect(invalid).toBeInstanceOf(InvalidRequest);
  expect(invalid.errors[0].field).toBe("schedule.breaks[0].to");
});

test("only the tutor and admins read and save a schedule", async () => {
  const other = apiFor(await addTutor()).schedules;
  const toSave = { tutorId: tutor.id, schedule: null };
  for (const send of [() => other.get(tutor.id), () => other.save(toSave)]) {
    expect(await errorOf(send())).toBeInstanceOf(Forbidden);
  }
  expect(await errorOf(apiFor(null).schedules.get(tutor.id))).toBeInstanceOf(Unauthenticated);
  const nobody = "00000000-0000-4000-8000-00000000dead";
  expect(await errorOf(apiFor(ADMIN).schedules.get(nobody))).toBeInstanceOf(TutorNotFound);
});
