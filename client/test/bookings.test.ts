/** Tests of `api.bookings`: placing, reading and changing bookings. */

import { beforeEach, expect, test } from "vitest";

import { BookingNotFound, Forbidden, HoldExpired, IdempotencyKeyReused, SlotNotFound, SlotTaken } from "../src/errors.js";
import type { TimeSlot } from "../src/types.js";
import {
  MONDAY,
  NEXT_MONDAY,
  OFFSET,
  addStudent,
  addTutor,
  answerLost,
  answeredAs,
  apiFor,
  errorOf,
  network,
  neverAnswered,
  requestLost,
  runOut,
  sql,
} from "./fixtures.js";
import type { Transmission, Tutor } from "./fixtures.js";

let tutor: Tutor;
let ben: { userId: string; token: string };

beforeEach(async () => {
  [tutor, ben] = [await addTutor(), await addStudent("Ben")];
  const slots = [{ time: "09:00" }, { time: "10:00" }, { time: "11:00", durationMinutes: 45 }];
  await apiFor(tutor).availability.updateDays(tutor.id, [MONDAY, NEXT_MONDAY].map((date) => ({ date, timeSlots: slots })));
});

const asBen = (options = {}) => apiFor(ben, options).bookings;

/** Return a slot of `MONDAY` as everybody reads it. */
async function readSlot(time: string): Promise<TimeSlot> {
  const { days } = await apiFor(null).availability.getAvailability(tutor.id, MONDAY, MONDAY);
  return days[0]!.timeSlots.find((slot) => slot.time === time)!;
}

/** Return the start and status of each of the tutor's bookings. */
async function statuses(): Promise<string[]> {
  const { bookings } = await apiFor(tutor).bookings.list({ tutorId: tutor.id });
  return bookings.map(({ date, time, status }) => `${date} ${time} ${status}`);
}

/** Move a booking into the past, as if the time had passed. */
const letBegin = (bookingId: string) =>
  sql(
    `insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, time_zone)` +
      ` values ('${tutor.id}', current_date - 1, '09:00', 60, 'UTC');` +
      ` update bookings set date = current_date - 1, time_zone = 'UTC' where id = '${bookingId}'`,
  );

test("a student books a slot as it was read, and the tutor sees who booked it", async () => {
  const { fetch, sent } = network();
  const slot = await readSlot("11:00");
  const booking = await asBen({ fetch }).place(tutor.id, MONDAY, slot);
  expect(booking).toMatchObject({ tutorId: tutor.id, studentId: ben.userId, date: MONDAY, time: "11:00" });
  expect([booking.status, booking.durationMinutes, booking.createdBy]).toEqual(["CONFIRMED", 45, "self"]);
  const startsAt = `${MONDAY}T11:00:00${OFFSET}`;
  expect(sent[0]!.body).toEqual({ tutorId: tutor.id, date: MONDAY, time: "11:00", startsAt, durationMinutes: 45 });
  const [seen] = (await apiFor(tutor).bookings.list({ tutorId: tutor.id })).bookings;
  expect([seen!.bookingId, seen!.studentName, seen!.createdBy]).toEqual([booking.bookingId, "Ben", ben.userId]);
});

test("a slot that isn't what the student saw any more isn't booked", async () => {
  const slot = await readSlot("11:00");
  const error = await errorOf(asBen().place(tutor.id, MONDAY, { ...slot, durationMinutes: 60 }));
  expect(error).toBeInstanceOf(SlotNotFound);
  expect(error.alternatives[0]).toMatchObject({ date: MONDAY, time: "11:00", durationMinutes: 45 });
});

test("an admin's fields and a hold are sent", async () => {
  const { fetch, sent } = network(requestLost);
  const fields = { holdSeconds: 600, studentId: "user_7", studentName: "Bo" };
  const options = { fetch, retries: 0 };
  await errorOf(asBen(options).place(tutor.id, MONDAY, { time: "09:00" }, { ...fields, idempotencyKey: "order 7" }));
  expect(sent[0]!.body).toEqual({ tutorId: tutor.id, date: MONDAY, time: "09:00", ...fields });
  expect(sent[0]!.headers["Idempotency-Key"]).toBe("order 7");
  expect(await errorOf(asBen().place(tutor.id, MONDAY, { time: "09:00" }, fields))).toBeInstanceOf(Forbidden);
});

const cutOff: Transmission = async (send) => {
  const response = await send();
  const begin = (await response.text()).slice(0, 20);
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(begin));
      controller.error(new TypeError("terminated"));
    },
  });
  return new Response(stream, response);
};

test.each<[string, Transmission, statuses: (number | null)[]]>([
  ["is cut off", cutOff, [201, 200]],
  ["is lost", answerLost, [201, 200]],
  ["is a gateway's 503", answeredAs(503), [201, 200]],
  ["never comes, because the request was lost", requestLost, [null, 201]],
])("a booking whose answer %s is retried with the same key, and placed once", async (_, transmission, expected) => {
  const { fetch, sent } = network(transmission);
  const booking = await asBen({ fetch }).place(tutor.id, MONDAY, await readSlot("09:00"));
  expect([booking.time, booking.status]).toEqual(["09:00", "CONFIRMED"]);
  expect(sent.map(({ method, status }) => [method, status])).toEqual(expected.map((status) => ["POST", status]));
  const [first, second] = sent.map(({ headers }) => headers["Idempotency-Key"]);
  expect(first).toMatch(/^[0-9a-f-]{36}$/);
  expect(second).toBe(first);
  expect(await statuses()).toEqual([`${MONDAY} 09:00 CONFIRMED`]);
});

test("a booking is retried with the same key after a time-out", async () => {
  const { fetch, sent } = network(neverAnswered);
  await asBen({ fetch, timeoutMs: 2000, retries: 20 }).place(tutor.id, MONDAY, { time: "09:00" });
  expect(new Set(sent.map(({ headers }) => headers["Idempotency-Key"])).size).toBe(1);
  expect(await statuses()).toEqual([`${MONDAY} 09:00 CONFIRMED`]);
});

test("each call has another key, unless the caller passes one", async () => {
  const slot = { time: "09:00" };
  await asBen().place(tutor.id, MONDAY, slot);
  expect(await errorOf(asBen().place(tutor.id, MONDAY, slot))).toBeInstanceOf(SlotTaken);
  const first = await asBen().place(tutor.id, MONDAY, { time: "10:00" }, { idempotencyKey: "order-1" });
  expect(await asBen().place(tutor.id, MONDAY, { time: "10:00" }, { idempotencyKey: "order-1" })).toEqual(first);
  const reused = asBen().place(tutor.id, MONDAY, { time: "11:00" }, { idempotencyKey: "order-1" });
  expect(await errorOf(reused)).toBeInstanceOf(IdempotencyKeyReused);
});

test("a hold is confirmed and cancelled, and a repeated change gets the same answer", async () => {
  const hold = await asBen().place(tutor.id, MONDAY, { time: "09:00" }, { holdSeconds: 600 });
  expect([hold.status, Date.parse(hold.holdExpiresAt!)]).toEqual(["AWAITING_PAYMENT", expect.any(Number)]);
  const confirming = network(answerLost);
  const confirmed = await asBen({ fetch: confirming.fetch }).confirm(hold);
  expect([confirmed.bookingId, confirmed.status]).toEqual([hold.bookingId, "CONFIRMED"]);
  const cancelling = network(answerLost);
  const cancelled = await asBen({ fetch: cancelling.fetch }).cancel(hold, { reason: "ill" });
  expect([cancelled.status, cancelled.reason, cancelled.releasedBy]).toEqual(["CANCELLED", "ill", "self"]);
  const sent = [...confirming.sent, ...cancelling.sent];
  expect(sent.map(({ method, status }) => [method, status])).toEqual(Array(4).fill(["PATCH", 200]));
});

test("a hold that ran out is confirmed as a new booking if its slot is still free", async () => {
  const hold = await asBen().place(tutor.id, MONDAY, { time: "09:00" }, { holdSeconds: 600 });
  await runOut(tutor);
  expect((await asBen().get(hold)).status).toBe("EXPIRED");
  const confirmed = await asBen().confirm(hold);
  expect([confirmed.movedFrom, confirmed.status]).toEqual([hold.bookingId, "CONFIRMED"]);
  expect(await asBen().confirm(hold)).toEqual(confirmed);
  const other = await asBen().place(tutor.id, MONDAY, { time: "10:00" }, { holdSeconds: 600 });
  await runOut(tutor);
  await apiFor(await addStudent()).bookings.place(tutor.id, MONDAY, { time: "10:00" });
  expect(await errorOf(asBen().confirm(other))).toBeInstanceOf(HoldExpired);
});

test("a booking is moved to a slot as it was read, and a repeated move gets the same booking", async () => {
  const booking = await asBen().place(tutor.id, MONDAY, { time: "09:00" });
  const { fetch, sent } = network(answerLost);
  const moved = await apiFor(tutor, { fetch }).bookings.move(booking, MONDAY, await readSlot("11:00"));
  expect([moved.time, moved.status, moved.movedFrom]).toEqual(["11:00", "CONFIRMED", booking.bookingId]);
  const moveTo = { date: MONDAY, time: "11:00", startsAt: `${MONDAY}T11:00:00${OFFSET}`, durationMinutes: 45 };
  const ids = { tutorId: tutor.id, bookingId: booking.bookingId };
  expect(sent.map(({ body, status }) => [body, status])).toEqual(Array(2).fill([{ ...ids, moveTo }, 200]));
  expect(await statuses()).toEqual([`${MONDAY} 09:00 CANCELLED`, `${MONDAY} 11:00 CONFIRMED`]);
});

test("the tutor says whether a lesson took place", async () => {
  const booking = await asBen().place(tutor.id, MONDAY, { time: "09:00" });
  await letBegin(booking.bookingId);
  expect((await apiFor(tutor).bookings.complete(booking)).status).toBe("COMPLETED");
  expect((await apiFor(tutor).bookings.noShow(booking)).status).toBe("NO_SHOW");
  expect(await errorOf(asBen().complete(booking))).toBeInstanceOf(Forbidden);
});

test("bookings are listed in pages, and filtered by time and status", async () => {
  const [second, first] = [await asBen().place(tutor.id, NEXT_MONDAY, { time: "09:00" }), await asBen().place(tutor.id, MONDAY, { time: "10:00" })];
  const page = await asBen().list({ studentId: "me" }, { limit: 1 });
  expect(page).toEqual({ bookings: [first], nextCursor: expect.any(String) });
  expect(await asBen().list({ studentId: "me" }, { limit: 1, cursor: page.nextCursor! })).toEqual({ bookings: [second], nextCursor: null });
  expect((await asBen().list({ studentId: "me" }, { from: second.startsAt })).bookings).toEqual([second]);
  expect((await asBen().list({ studentId: "me" }, { to: second.startsAt })).bookings).toEqual([first]);
  const cancelled = await asBen().cancel(first);
  expect((await asBen().list({ studentId: "me" }, { status: "CANCELLED" })).bookings).toEqual([cancelled]);
  expect(await errorOf(asBen().list({ studentId: "somebody else" }))).toBeInstanceOf(Forbidden);
});

test("a student doesn't see another student's booking", async () => {
  const booking = await asBen().place(tutor.id, MONDAY, { time: "09:00" });
  expect(await asBen().get(booking)).toEqual(booking);
  const other = apiFor(await addStudent()).bookings;
  expect(await errorOf(other.get(booking))).toBeInstanceOf(BookingNotFound);
  expect(await errorOf(other.cancel(booking))).toBeInstanceOf(BookingNotFound);
});

test("a series is placed once, and what is left of it is confirmed and cancelled", async () => {
  const { fetch, sent } = network(answerLost);
  const repeat = { everyWeeks: 1, count: 3, skipTaken: true };
  const slot = await readSlot("09:00");
  const series = await asBen({ fetch }).placeSeries(tutor.id, MONDAY, slot, repeat, { holdSeconds: 600 });
  expect(sent.map(({ status }) => status)).toEqual([201, 200]);
  expect(series.bookings.map(({ date, status }) => [date, status])).toEqual([
    [MONDAY, "AWAITING_PAYMENT"],
    [NEXT_MONDAY, "AWAITING_PAYMENT"],
  ]);
  expect(series.skipped.length).toBe(1);
  const ids = { tutorId: tutor.id, seriesId: series.seriesId };
  const confirmed = await asBen().confirmSeries(ids, MONDAY);
  expect(confirmed.bookings.map(({ status }) => status)).toEqual(["CONFIRMED", "CONFIRMED"]);
  const cancelled = await asBen().cancelSeries(ids, NEXT_MONDAY, { reason: "moved away" });
  expect(cancelled.bookings.map(({ date, reason }) => [date, reason])).toEqual([[NEXT_MONDAY, "moved away"]]);
  expect(await statuses()).toEqual([`${MONDAY} 09:00 CONFIRMED`, `${NEXT_MONDAY} 09:00 CANCELLED`]);
});
