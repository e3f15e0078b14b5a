import type { Booking } from "slotledger-client";
import { expect, test } from "vitest";
import { announcement, countdown, lessonName, mergeHolds, newHold } from "../src/booking/holds";

const NOW = Date.parse("2026-12-07T09:00:00Z");
const [CREATED, EXPIRES] = ["2026-12-07T08:00:00Z", "2026-12-07T08:10:00Z"];

function booking(bookingId: string, status: Booking["status"] = "AWAITING_PAYMENT", tutorId = "t"): Booking {
  return { bookingId, tutorId, status, createdAt: CREATED, holdExpiresAt: EXPIRES } as Booking;
}

test("a new hold lasts as long as the server said, even if the viewer's clock is an hour ahead", () => {
  expect(newHold(booking("a"), NOW).endsAt - NOW).toBe(600_000);
});

test("the time that is left has minutes and seconds, and is never negative", () => {
  expect([600_000, 599_001, 65_000, 1, 0, -5].map(countdown)).toEqual(["10:00", "10:00", "1:05", "0:01", "0:00", "0:00"]);
});

test("a countdown of ten minutes has three announcements", () => {
  const seconds = Array.from({ length: 601 }, (_, i) => 600 - i);
  expect([...new Set(seconds.map((second) => announcement(second * 1000)))]).toEqual([
    "",
    "Less than 5 minutes left.",
    "Less than 2 minutes left.",
    "Less than one minute left.",
  ]);
});

test("holds that were confirmed or cancelled elsewhere are left out, and those that ran out stay", () => {
  const holds = ["held", "confirmed", "cancelled", "expired", "not loaded"].map((id) => newHold(booking(id), NOW));
  const loaded = [
    booking("held"),
    booking("confirmed", "CONFIRMED"),
    booking("cancelled", "CANCELLED"),
    booking("expired", "EXPIRED"),
    booking("from another tab"),
    booking("of another tutor", "AWAITING_PAYMENT", "u"),
  ];
  const merged = mergeHolds(holds, loaded, "t");
  expect(merged.map(({ booking, endsAt }) => [booking.bookingId, endsAt])).toEqual([
    ["held", NOW + 600_000],
    ["expired", NOW + 600_000],
    ["not loaded", NOW + 600_000],
    ["from another tab", Date.parse(EXPIRES)],
  ]);
});

test("without a tutor, the holds of all tutors are added", () => {
  const merged = mergeHolds([], [booking("one"), booking("of another tutor", "AWAITING_PAYMENT", "u")], null);
  expect(merged.map(({ booking }) => booking.bookingId)).toEqual(["one", "of another tutor"]);
});

test("a lesson is named by its time and its tutor", () => {
  const lesson = { ...booking("a"), tutorName: "Maya", startsAt: "2099-12-07T15:00:00Z", endsAt: "2099-12-07T16:00:00Z" };
  expect(lessonName("Europe/London", lesson)).toBe("Monday, 7 December 2099, 15:00–16:00 with Maya");
});
