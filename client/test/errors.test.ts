import { afterEach, beforeEach, expect, test } from "vitest";

import { createApi } from "../src/api.js";
import * as errors from "../src/errors.js";
import type { ProblemCode } from "../src/types.js";
import {
  ADMIN,
  API_URL,
  MONDAY,
  NEXT_MONDAY,
  addStudent,
  addTutor,
  answeredAs,
  apiFor,
  book,
  errorOf,
  runOut,
  setDatabase,
  setSetting,
  requestLost,
  network,
  slot,
  sql,
} from "./fixtures.js";
import type { Tutor } from "./fixtures.js";

const UNKNOWN_ID = "00000000-0000-4000-8000-00000000dead";
const NO_RETRIES = { retries: 0 };

let tutor: Tutor;

beforeEach(async () => {
  tutor = await addTutor("Europe/Copenhagen");
});
afterEach(async () => {
  await setDatabase("reachable");
  await setSetting("BOOKING_STUDENTS_CONFIRM", "true");
});

const apiAs = (caller: { token: string } | null, options = {}) => apiFor(caller, { ...NO_RETRIES, ...options });
const save = (...times: string[]) =>
  apiAs(tutor).availability.updateAvailability(
    tutor.id,
    MONDAY,
    times.map((time) => ({ time })),
  );

/** Return the tutor's bookings as a new student may use them. */
const student = async () => apiAs(await addStudent()).bookings;
const placeAt = async (time: string, options = {}) => (await student()).place(tutor.id, MONDAY, { time }, options);
/** Set a field of the tutor. */
const set = (field: string) => sql(`update tutors set ${field} where id = '${tutor.id}'`);

/** Return the date on which Europe's clocks go forward next year: the last Sunday of March. */
function springForward(): string {
  const date = new Date(Date.UTC(new Date().getUTCFullYear() + 1, 2, 31));
  date.setUTCDate(31 - date.getUTCDay());
  return date.toISOString().slice(0, 10);
}

// For each code, a request whose error has this code. The compiler checks that no code is missing.
const REQUESTS: Record<ProblemCode, [status: number, Class: unknown, request: () => PromiseLike<unknown>]> = {
  invalid_request: [400, errors.InvalidRequest, () => save("25:00")],
  overlapping_slots: [400, errors.OverlappingSlots, () => save("09:00", "09:30")],
  nonexistent_local_time: [
    400,
    errors.NonexistentLocalTime,
    () => apiAs(tutor).availability.updateAvailability(tutor.id, springForward(), [{ time: "02:30" }]),
  ],
  hold_required: [
    400,
    errors.HoldRequired,
    async () => {
      await save("09:00");
      await setSetting("BOOKING_STUDENTS_CONFIRM", "false");
      await placeAt("09:00");
    },
  ],
  date_in_past: [
    400,
    errors.DateInPast,
    () => apiAs(tutor).availability.updateAvailability(tutor.id, "2020-01-01", [{ time: "09:00" }]),
  ],
  unauthenticated: [401, errors.Unauthenticated, () => apiAs(null).audit.getChangeStats(tutor.id)],
  forbidden: [403, errors.Forbidden, () => apiAs(tutor).audit.getPlatformStats()],
  tutor_not_found: [404, errors.TutorNotFound, () => apiAs(ADMIN).audit.getHistoryCsv(UNKNOWN_ID)],
  change_set_not_found: [404, errors.ChangeSetNotFound, () => apiAs(tutor).availability.revert(tutor.id, UNKNOWN_ID)],
  booking_not_found: [
    404,
    errors.BookingNotFound,
    async () => (await student()).cancel({ tutorId: tutor.id, bookingId: UNKNOWN_ID }),
  ],
  slot_not_found: [404, errors.SlotNotFound, () => placeAt("09:00")],
  method_not_allowed: [
    405,
    errors.MethodNotAllowed,
    () => {
      const url = (name: string) => `${API_URL}/${name}`;
      const urls = {
        get_availability: url("get_availability"),
        update_availability: url("audit_stats"),
        audit_history: url("audit_history"),
        audit_stats: url("audit_stats"),
        tutors: url("tutors"),
      };
      return createApi({ urls, getToken: () => tutor.token }).availability.revert(tutor.id, UNKNOWN_ID);
    },
  ],
  slot_booked: [
    409,
    errors.SlotBooked,
    async () => {
      await save("09:00");
      await book(tutor, MONDAY, "09:00");
      await save();
    },
  ],
  change_set_incomplete: [
    409,
    errors.ChangeSetIncomplete,
    async () => {
      const { changeSetId } = await save("09:00", "10:00");
      await sql(`delete from tutor_availability_log where tutor_id = '${tutor.id}' and start_time = '09:00'`);
      await apiAs(tutor).availability.revert(tutor.id, changeSetId!);
    },
  ],
  tutor_inactive: [
    409,
    errors.TutorInactive,
    async () => {
      await set("active = false");
      await placeAt("09:00");
    },
  ],
  too_late: [
    409,
    errors.TooLate,
    async () => {
      await save("09:00");
      await set("booking_notice_minutes = 525600");
      await placeAt("09:00");
    },
  ],
  slot_taken: [
    409,
    errors.SlotTaken,
    async () => {
      await save("09:00");
      await placeAt("09:00");
      await placeAt("09:00");
    },
  ],
  student_busy: [
    409,
    errors.StudentBusy,
    async () => {
      const other = await addTutor("Europe/Copenhagen");
      const bookings = await student();
      for (const { id, token } of [other, tutor]) {
        await apiAs({ token }).availability.updateAvailability(id, MONDAY, [{ time: "09:00" }]);
        await bookings.place(id, MONDAY, { time: "09:00" });
      }
    },
  ],
  too_many_holds: [
    409,
    errors.TooManyHolds,
    async () => {
      const times = ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00"];
      await save(...times);
      const bookings = await student();
      for (const time of times) {
        await bookings.place(tutor.id, MONDAY, { time }, { holdSeconds: 600 });
      }
    },
  ],
  hold_expired: [
    409,
    errors.HoldExpired,
    async () => {
      await save("09:00");
      const bookings = await student();
      const hold = await bookings.place(tutor.id, MONDAY, { time: "09:00" }, { holdSeconds: 600 });
      await runOut(tutor);
      await placeAt("09:00");
      await bookings.confirm(hold);
    },
  ],
  invalid_transition: [
    409,
    errors.InvalidTransition,
    async () => {
      await save("09:00");
      await apiAs(tutor).bookings.complete(await placeAt("09:00"));
    },
  ],
  series_conflict: [
    409,
    errors.SeriesConflict,
    async () => {
      await save("09:00");
      await (await student()).placeSeries(tutor.id, MONDAY, { time: "09:00" }, { everyWeeks: 1, count: 2 });
    },
  ],
  user_taken: [
    409,
    errors.UserTaken,
    async () => {
      const { userId } = await addTutor();
      await apiAs(ADMIN).tutors.saveTutor({ tutorId: tutor.id, userId, name: "Ada", timeZone: "UTC" });
    },
  ],
  external_id_taken: [
    409,
    errors.ExternalIdTaken,
    async () => {
      const fields = { name: "Ada", timeZone: "UTC", externalId: "taken" };
      for (const { id, userId } of [await addTutor(), tutor]) {
        await apiAs(ADMIN).tutors.saveTutor({ tutorId: id, userId, ...fields });
      }
    },
  ],
  version_mismatch: [
    412,
    errors.VersionMismatch,
    () => apiAs(tutor).availability.updateAvailability(tutor.id, MONDAY, [{ time: "09:00" }], { version: 7 }),
  ],
  body_too_large: [
    413,
    errors.BodyTooLarge,
    () => apiAs(tutor).availability.updateAvailability(tutor.id, MONDAY, [], { notes: "?".repeat(300_000) }),
  ],
  idempotency_key_reused: [
    422,
    errors.IdempotencyKeyReused,
    async () => {
      await save("09:00", "10:00");
      const bookings = await student();
      for (const time of ["09:00", "10:00"]) {
        await bookings.place(tutor.id, MONDAY, { time }, { idempotencyKey: "one" });
      }
    },
  ],
  unknown_time_zone: [
    500,
    errors.UnknownTimeZone,
    async () => {
      await sql("alter table tutors drop constraint if exists tutors_time_zone_is_known");
      const setZone = (zone: string) => sql(`update tutors set time_zone = '${zone}' where id = '${tutor.id}'`);
      await setZone("Nowhere");
      await apiAs(tutor)
        .availability.getAvailability(tutor.id)
        .finally(() => setZone("UTC"));
    },
  ],
  unavailable: [
    503,
    errors.Unavailable,
    async () => {
      await setDatabase("unreachable");
      await apiAs(tutor).availability.getAvailability(tutor.id);
    },
  ],
  internal_error: [
    500,
    errors.InternalError,
    async () => {
      await setDatabase("invalid");
      await apiAs(tutor).availability.getAvailability(tutor.id);
    },
  ],
};

test.each(Object.entries(REQUESTS))("an answer with the code %s becomes an error of the class for this code", async (code, [status, Class, request]) => {
  const error = await errorOf(request());
  expect(error.constructor).toBe(Class);
  expect(error).toBeInstanceOf(errors.ApiError);
  expect(error).toBeInstanceOf(errors.SlotledgerError);
  expect([error.code, error.status, error.name]).toEqual([code, status, error.constructor.name]);
  expect(error.message).toBe(error.detail);
  expect([error.title, error.detail, error.requestId]).toEqual(Array(3).fill(expect.stringMatching(/.{5}/)));
});

test("the error of an invalid request names the invalid field", async () => {
  const error = await errorOf(save("25:00"));
  const message = "use HH:MM, 00:00 to 23:59";
  expect(error.errors).toEqual([{ field: "timeSlots[0].time", message }]);
  expect(await errorOf(save("09:00", "09:30"))).toBeInstanceOf(errors.InvalidRequest);
});

test("if an edit names an outdated version, the error has the current days", async () => {
  const tutorInNepal = await addTutor(); // because `slot` has the offset of Nepal
  const { availability } = apiFor(tutorInNepal);
  await availability.updateAvailability(tutorInNepal.id, MONDAY, [{ time: "09:00" }], { version: 0 });
  const error = await errorOf(
    availability.updateDays(tutorInNepal.id, [{ date: MONDAY, timeSlots: [{ time: "11:00" }], version: 0 }]),
  );
  expect([error.code, error.days]).toEqual([
    "version_mismatch",
    [{ date: MONDAY, version: 1, timeSlots: [slot(MONDAY, "09:00")] }],
  ]);
});

test("the error of an edit that would remove a booked slot has this slot as a conflict", async () => {
  await save("09:00", "10:00");
  await book(tutor, MONDAY, "09:00");
  const error = await errorOf(save("10:00"));
  expect([error.code, error.conflicts]).toEqual([
    "slot_booked",
    [{ date: MONDAY, time: "09:00", status: "CONFIRMED" }],
  ]);
});

test("the error of a slot that can't be booked has the slots that can be booked instead", async () => {
  await save("09:00", "10:00", "12:00");
  await placeAt("10:00");
  const nearest = { date: MONDAY, time: "09:00", durationMinutes: 60, timeZone: "Europe/Copenhagen" };
  for (const time of ["10:00", "10:15"]) {
    const error = await errorOf(placeAt(time));
    expect(error.alternatives).toEqual([expect.objectContaining(nearest), expect.objectContaining({ time: "12:00" })]);
    const { date, ...slot } = error.alternatives[0];
    expect((await (await student()).place(tutor.id, date, slot)).time).toBe("09:00");
    await sql(`update bookings set status = 'CANCELLED', released_at = now() where tutor_id = '${tutor.id}' and start_time = '09:00'`);
  }
});

test("the error of a series has each date that can't be booked, and why", async () => {
  await save("09:00");
  const error = await errorOf((await student()).placeSeries(tutor.id, MONDAY, { time: "09:00" }, { everyWeeks: 1, count: 2 }));
  expect(error.conflicts).toEqual([{ date: NEXT_MONDAY, code: "slot_not_found", alternatives: [] }]);
});

test("the error of a change that the booking's status doesn't allow has this status", async () => {
  await save("09:00");
  const bookings = await student();
  const booking = await bookings.place(tutor.id, MONDAY, { time: "09:00" });
  await bookings.cancel(booking);
  const error = await errorOf(bookings.confirm(booking));
  expect([error.code, error.bookingStatus]).toEqual(["invalid_transition", "CANCELLED"]);
});

test("an error with a code that the client doesn't have is an ApiError", async () => {
  const problem = { type: "urn:x", title: "New", status: 409, detail: "something new", code: "constructor" };
  const headers = { "Content-Type": "application/problem+json", "X-Request-Id": "r-1" };
  const { fetch } = network(answeredAs(409, headers, JSON.stringify(problem)));
  const error = await errorOf(apiAs(tutor, { fetch }).availability.getAvailability(tutor.id));
  expect(error.constructor).toBe(errors.ApiError);
  expect({ ...error }).toEqual({
    name: "Constructor",
    status: 409,
    code: "constructor",
    title: "New",
    detail: "something new",
    requestId: "r-1",
  });
});

test.each([
  ["a gateway's page", answeredAs(500, { "Content-Type": "text/html", "X-Request-Id": "r-1" }), 500, "r-1"],
  ["an HTML page", answeredAs(200, { "Content-Type": "text/html" }), 200, null],
  ["incomplete JSON", answeredAs(200, { "Content-Type": "application/json" }, '{"days": ['), 200, null],
  ["JSON that isn't an object", answeredAs(200, { "Content-Type": "application/json" }, "null"), 200, null],
  ["a problem without the fields of Slotledger", answeredAs(400, { "Content-Type": "application/problem+json" }, "{}"), 400, null],
  ["a 304 to a request without If-None-Match", async () => new Response(null, { status: 304 }), 304, null],
])("%s throws NotUnderstood", async (_, transmission, status, requestId) => {
  const { fetch } = network(transmission);
  const error = await errorOf(apiAs(tutor, { fetch }).availability.getAvailability(tutor.id));
  expect(error).toBeInstanceOf(errors.NotUnderstood);
  expect([error.name, error.status, error.requestId]).toEqual(["NotUnderstood", status, requestId]);
});

test("another function's answer throws NotUnderstood", async () => {
  const fetchStats: typeof fetch = (url, init) => fetch(String(url).replace("_history", "_stats"), init);
  const error = await errorOf(apiAs(tutor, { fetch: fetchStats }).audit.getAvailabilityHistory(tutor.id));
  expect([error.name, error.status]).toEqual(["NotUnderstood", 200]);
});

test("JSON in place of CSV throws NotUnderstood", async () => {
  const { fetch } = network(answeredAs(200, { "Content-Type": "application/json" }, "{}"));
  expect(await errorOf(apiAs(tutor, { fetch }).audit.getHistoryCsv(tutor.id))).toBeInstanceOf(errors.NotUnderstood);
});

test("a lost request is a NetworkError with its cause", async () => {
  const { fetch } = network(requestLost);
  const error = await errorOf(apiAs(tutor, { fetch }).availability.getAvailability(tutor.id));
  expect(error).toBeInstanceOf(errors.NetworkError);
  expect([error.name, error.message, error.cause]).toEqual([
    "NetworkError",
    "the request or its answer was lost: connection refused",
    new TypeError("connection refused"),
  ]);
});

test("an error that getToken throws is thrown unchanged", async () => {
  const error = new Error("signed out");
  const getToken = () => Promise.reject(error);
  expect(await errorOf(apiAs(null, { getToken }).audit.getChangeStats(tutor.id))).toBe(error);
});

test("createApi without urls and baseUrl throws an error that names them", () => {
  expect(() => createApi({} as never)).toThrow("createApi: pass urls or baseUrl");
});
