import type { Booking } from "slotledger-client";
import { expect, test } from "vitest";
import { bookingsBySlot, isChangeable, possibleOutcomes, studentOf } from "../src/week/bookings";

const START = Date.parse("2026-12-07T09:00:00Z");
const STATUSES = ["AWAITING_PAYMENT", "CONFIRMED", "COMPLETED", "NO_SHOW", "CANCELLED", "EXPIRED"] as const;

function booking(status: Booking["status"], more: Partial<Booking> = {}): Booking {
  return { date: "2026-12-07", time: "09:00", startsAt: "2026-12-07T09:00:00Z", status, ...more } as Booking;
}

test("a slot has the booking that occupies it, and not those that were released", () => {
  for (const status of STATUSES) {
    const bookings = [booking("CANCELLED"), booking(status), booking("EXPIRED")];
    const isReleased = status === "CANCELLED" || status === "EXPIRED";
    expect([...bookingsBySlot(bookings)]).toEqual(isReleased ? [] : [["2026-12-07 09:00", bookings[1]]]);
  }
});

test("bookings that are held or confirmed can be changed until their start", () => {
  expect(STATUSES.filter((status) => isChangeable(booking(status), START - 1))).toEqual(["AWAITING_PAYMENT", "CONFIRMED"]);
  expect(STATUSES.filter((status) => isChangeable(booking(status), START))).toEqual([]);
});

test("from the start on, a lesson is completed or missed, and one can be corrected to the other", () => {
  expect(STATUSES.flatMap((status) => possibleOutcomes(booking(status), START - 1))).toEqual([]);
  expect(STATUSES.map((status) => possibleOutcomes(booking(status), START))).toEqual([
    [],
    ["COMPLETED", "NO_SHOW"],
    ["NO_SHOW"],
    ["COMPLETED"],
    [],
    [],
  ]);
});

test("a student without a name has the end of their id", () => {
  expect(studentOf({ studentName: "Ben", studentId: "auth0|64f0c1aa" })).toBe("Ben");
  expect(studentOf({ studentName: null, studentId: "auth0|64f0c1aa" })).toBe("Student …64f0c1aa");
});
