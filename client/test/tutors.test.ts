/** Tests of `api.tutors`: reading and saving tutors. */

import { randomUUID } from "node:crypto";
import { beforeEach, expect, test } from "vitest";

import { ExternalIdTaken, Forbidden, TutorNotFound, Unauthenticated, UserTaken } from "../src/errors.js";
import type { SavedTutor, TutorToSave } from "../src/types.js";
import { ADMIN, MONDAY, addTutor, answerLost, apiFor, errorOf, network } from "./fixtures.js";
import type { Tutor } from "./fixtures.js";

const admin = () => apiFor(ADMIN).tutors;

let tutor: Tutor;

beforeEach(async () => {
  tutor = await addTutor("Europe/Copenhagen");
});

/** Return a tutor to save, with ids as other systems make them. */
function newTutor(more: Partial<TutorToSave> = {}): TutorToSave {
  const id = randomUUID();
  return { userId: `auth0|${id}`, externalId: `tutor/${id}?`, name: "Åse", timeZone: "Europe/Oslo", ...more };
}

const withoutCreated = ({ created: _, ...saved }: SavedTutor) => saved;

test("a tutor is created, changed, and found by each id", async () => {
  const fields = newTutor({ tags: ["maths"] });
  const created = await admin().saveTutor(fields);
  const expected = { tutorId: created.tutorId, ...fields, active: true, bookingNoticeMinutes: 0, cancellationNoticeMinutes: 0 };
  expect(created).toEqual({ ...expected, created: true });
  const changed = await admin().saveTutor({ ...fields, tags: null, name: "Åse Lie", bookingNoticeMinutes: 60 });
  const all = { ...expected, name: "Åse Lie", bookingNoticeMinutes: 60 };
  expect(changed).toEqual({ ...all, created: false });
  expect(await admin().findTutor({ userId: fields.userId })).toEqual(all);
  expect(await admin().findTutor({ externalId: fields.externalId! })).toEqual(all);
  expect(await admin().getTutor({ tutorId: created.tutorId })).toEqual(all);
});

test("everybody gets what is public of a tutor; the tutor gets all settings", async () => {
  const expected = { tutorId: tutor.id, name: "Ada", timeZone: "Europe/Copenhagen", active: true, tags: [] };
  expect(await apiFor(null).tutors.getTutor({ tutorId: tutor.id })).toEqual(expected);
  const own = { ...expected, userId: tutor.userId, externalId: null, bookingNoticeMinutes: 0, cancellationNoticeMinutes: 0 };
  expect(await apiFor(tutor).tutors.getTutor({ tutorId: tutor.id })).toEqual(own);
  expect(await apiFor(tutor).tutors.getMe()).toEqual(own);
});

test("a caller who isn't a tutor has no tutor of their own", async () => {
  expect(await errorOf(admin().getMe())).toBeInstanceOf(TutorNotFound);
  expect(await errorOf(apiFor(null).tutors.getMe())).toBeInstanceOf(Unauthenticated);
  expect(await errorOf(admin().findTutor({ externalId: "nobody" }))).toBeInstanceOf(TutorNotFound);
});

test("only admins list, find and save tutors", async () => {
  const { tutors } = apiFor(tutor);
  for (const send of [
    () => tutors.listTutors(),
    () => tutors.findTutor({ externalId: "t-1" }),
    () => tutors.saveTutor(newTutor()),
  ]) {
    expect(await errorOf(send())).toBeInstanceOf(Forbidden);
  }
});

test("tutors are listed in pages, by a text in their name or ids", async () => {
  const mark = randomUUID();
  const saved = await admin().saveTutors(["b", "a", "c"].map((name) => newTutor({ name: `${name} ${mark}` })));
  const byName = [1, 0, 2].map((i) => withoutCreated(saved[i]!));
  const first = await admin().listTutors({ q: mark.toUpperCase(), limit: 2 });
  expect(first).toEqual({ tutors: byName.slice(0, 2), nextCursor: expect.any(String) });
  const second = await admin().listTutors({ q: mark.toUpperCase(), limit: 2, cursor: first.nextCursor! });
  expect(second).toEqual({ tutors: byName.slice(2), nextCursor: null });
  expect((await admin().listTutors({ q: saved[0]!.externalId! })).tutors).toEqual([withoutCreated(saved[0]!)]);
});

test("several tutors are saved in the order of the request: all of them, or none", async () => {
  const [ada, bea] = [newTutor(), newTutor()];
  const created = await admin().saveTutors([ada, bea]);
  expect(created.map(({ userId, created }) => [userId, created])).toEqual([[ada.userId, true], [bea.userId, true]]);
  const third = newTutor();
  const error = await errorOf(admin().saveTutors([third, { ...bea, userId: ada.userId }]));
  expect(error).toBeInstanceOf(UserTaken);
  expect(error.errors).toEqual([{ field: "tutors[1].userId", message: "another tutor has this user" }]);
  expect(await errorOf(admin().findTutor({ userId: third.userId }))).toBeInstanceOf(TutorNotFound);
  const taken = await errorOf(admin().saveTutor({ ...newTutor(), tutorId: tutor.id, externalId: ada.externalId }));
  expect(taken).toBeInstanceOf(ExternalIdTaken);
  expect(taken.errors).toEqual([{ field: "externalId", message: "another tutor has this external id" }]);
});

test("a tutor whose answer is lost is saved once", async () => {
  const fields = newTutor();
  const { fetch, sent } = network(answerLost);
  const saved = await apiFor(ADMIN, { fetch }).tutors.saveTutor(fields);
  expect([saved.userId, saved.created, sent.length]).toEqual([fields.userId, false, 2]);
});

test("a slot keeps its zone when it is sent back as it was read", async () => {
  const { availability } = apiFor(tutor);
  const slots = [{ time: "09:00" }, { time: "23:30", timeZone: "Asia/Tokyo" }];
  const { days } = await availability.updateAvailability(tutor.id, MONDAY, slots, { version: 0 });
  const zones = days[0]!.timeSlots.map(({ time, timeZone }) => [time, timeZone]);
  expect(zones).toEqual([["09:00", undefined], ["23:30", "Asia/Tokyo"]]);
  const again = await availability.updateDays(tutor.id, days);
  expect(again.changes).toEqual({ added: 0, removed: 0 });
});
