/** Tests of `api.search`: finding free slots of many tutors. */

import { randomUUID } from "node:crypto";
import { beforeEach, expect, test } from "vitest";

import { InvalidRequest, Unauthenticated } from "../src/errors.js";
import type { FoundSlot } from "../src/types.js";
import { ADMIN, MONDAY, NEXT_MONDAY, addStudent, addTutor, all, apiFor, errorOf, network, requestLost, setSetting } from "./fixtures.js";
import type { Tutor } from "./fixtures.js";

const WINDOW = { from: `${MONDAY}T00:00:00Z`, to: `${NEXT_MONDAY}T00:00:00Z` };

let ada: Tutor;
let bea: Tutor;

/** Search without a token. */
const { search } = apiFor(null);

beforeEach(async () => {
  [ada, bea] = [await addTutor("UTC"), await addTutor("UTC")];
  await offer(ada, "09:00", "11:00");
  await offer(bea, "10:00");
});

const offer = (tutor: Tutor, ...times: string[]) =>
  apiFor(tutor).availability.updateAvailability(
    tutor.id,
    MONDAY,
    times.map((time) => ({ time })),
  );

const starts = (slots: readonly FoundSlot[]) => slots.map(({ tutorId, time }) => [tutorId, time]);

test("with await, a search is one page, and says which tutors don't exist", async () => {
  const nobody = randomUUID();
  const tutorIds = [ada.id, nobody, bea.id];
  const first = await search.findSlots({ ...WINDOW, tutorIds, limit: 2 });
  const slot = { date: MONDAY, durationMinutes: 60, timeZone: "UTC", tutorName: "Ada" };
  const found = (tutor: Tutor, hour: number) => ({
    ...slot,
    tutorId: tutor.id,
    time: `${hour}:00`.padStart(5, "0"),
    startsAt: `${MONDAY}T${String(hour).padStart(2, "0")}:00:00+00:00`,
    endsAt: `${MONDAY}T${hour + 1}:00:00+00:00`,
  });
  expect(first).toEqual({ slots: [found(ada, 9), found(bea, 10)], nextCursor: expect.any(String), unknownTutorIds: [nobody] });
  const last = await search.findSlots({ ...WINDOW, tutorIds, limit: 2, cursor: first.nextCursor! });
  expect(last).toEqual({ slots: [found(ada, 11)], nextCursor: null, unknownTutorIds: [nobody] });
});

test("with for await, each slot of all pages comes once, and pages are requested when the loop reaches them", async () => {
  const { fetch, sent } = network(requestLost);
  const found = apiFor(null, { fetch }).search.findSlots({ ...WINDOW, tutorIds: [ada.id, bea.id], limit: 1 });
  for await (const slot of found) {
    expect(slot.tutorId).toBe(ada.id);
    break;
  }
  expect(sent.length).toBe(2); // the first attempt was lost
  const expected = [[ada.id, "09:00"], [bea.id, "10:00"], [ada.id, "11:00"]];
  expect(starts(await all(found))).toEqual(expected);
  expect(sent.length).toBe(4);
});

test("perTutor finds the first slots of each tutor", async () => {
  const found = search.findSlots({ ...WINDOW, tutorIds: [ada.id, bea.id], perTutor: 1 });
  expect(starts(await all(found))).toEqual([[ada.id, "09:00"], [bea.id, "10:00"]]);
});

test("a search is filtered by tags and minutes", async () => {
  const tags = ["maths & physics", randomUUID()];
  await apiFor(ADMIN).tutors.saveTutor({ tutorId: bea.id, userId: bea.userId, name: "Bea", timeZone: "UTC", tags });
  const find = async (filter: object) => starts((await search.findSlots({ ...WINDOW, ...filter })).slots);
  expect(await find({ tags })).toEqual([[bea.id, "10:00"]]);
  expect(await find({ tags, minMinutes: 61 })).toEqual([]);
  expect(await find({ tags: [...tags, "chess"] })).toEqual([]);
  expect(await find({ tags: [], tutorIds: [bea.id] })).toEqual([[bea.id, "10:00"]]);
});

test("a slot that was found can be booked, and isn't found any more", async () => {
  const api = apiFor(await addStudent());
  const [slot] = (await api.search.findSlots({ ...WINDOW, tutorIds: [bea.id] })).slots;
  await api.bookings.place(slot!.tutorId, slot!.date, slot!);
  expect(await all(search.findSlots({ ...WINDOW, tutorIds: [bea.id] }))).toEqual([]);
});

test("invalid searches are refused by field; no tutors aren't all tutors", async () => {
  const fields = async (more: object) => (await errorOf(search.findSlots({ ...WINDOW, ...more }))).errors[0].field;
  expect(await fields({ to: WINDOW.from })).toBe("to");
  expect(await fields({ perTutor: 1 })).toBe("perTutor");
  expect(await errorOf(all(search.findSlots({ ...WINDOW, tutorIds: [] })))).toBeInstanceOf(InvalidRequest);
});

test("if the search isn't public, a token is needed", async () => {
  await setSetting("SEARCH_PUBLIC", "false");
  try {
    const mine = { ...WINDOW, tutorIds: [bea.id] };
    expect(await errorOf(search.findSlots(mine))).toBeInstanceOf(Unauthenticated);
    expect((await apiFor(await addStudent()).search.findSlots(mine)).slots.length).toBe(1);
  } finally {
    await setSetting("SEARCH_PUBLIC", "true");
  }
});
