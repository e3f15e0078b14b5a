import type { Booking } from "slotledger-client";
import { expect, test } from "vitest";
import {
  activeHolds,
  announcedSeconds,
  countdown,
  leftMs,
  shareLeft,
  stageOf,
  together,
  withBookings,
} from "../src/booking/holds";

const [CREATED, EXPIRES] = ["2026-12-07T09:00:00Z", "2026-12-07T09:10:00Z"];
const NOW = Date.parse("2026-12-07T09:04:00Z");

function booking(bookingId: string, more: Partial<Booking> = {}): Booking {
  const status = "AWAITING_PAYMENT" as const;
  const instants = { createdAt: CREATED, holdExpiresAt: EXPIRES, startsAt: "2026-12-08T09:00:00Z" };
  return { bookingId, status, ...instants, seriesId: null, movedTo: null, ...more } as Booking;
}

test("a hold lasts until it runs out, and two seconds more, because the page's clock isn't exact", () => {
  const stages = [NOW, Date.parse(EXPIRES) + 1999, Date.parse(EXPIRES) + 2000].map((now) => stageOf(booking("a"), now));
  expect(stages).toEqual(["held", "held", "ran out"]);
});

test("the status says in which step a booking is", () => {
  const stages = (["CONFIRMED", "COMPLETED", "NO_SHOW", "CANCELLED", "EXPIRED"] as const).map((status) =>
    stageOf(booking("a", { status }), NOW),
  );
  expect(stages).toEqual(["booked", "booked", "booked", "over", "ran out"]);
  expect(stageOf(booking("a", { status: "EXPIRED", movedTo: "b" }), NOW)).toBe("over");
});

test("what is left of a hold is counted from the server's instants", () => {
  expect([leftMs(booking("a"), NOW), shareLeft(booking("a"), NOW)]).toEqual([360_000, 0.6]);
  expect(shareLeft(booking("a"), Date.parse(EXPIRES) + 5000)).toBe(0);
});

test("the time that is left has minutes and seconds, and is never negative", () => {
  expect([600_000, 599_001, 65_000, 1, 0, -5].map(countdown)).toEqual(["10:00", "10:00", "1:05", "0:01", "0:00", "0:00"]);
});

test("a countdown of ten minutes is announced at 60, 30 and 10 seconds", () => {
  const announced = Array.from({ length: 601 }, (_, i) => [600 - i, announcedSeconds((600 - i) * 1000)] as const);
  const changes = announced.filter(([, said], i) => said !== announced[i - 1]?.[1]);
  expect(changes).toEqual([
    [600, null],
    [60, 60],
    [30, 30],
    [10, 10],
  ]);
});

test("the held lessons of a series are one step", () => {
  const series = ["one", "two"].map((id) => booking(id, { seriesId: "s" }));
  const all = [...series, booking("other", { seriesId: "t" }), booking("left out", { seriesId: "s", status: "CANCELLED" })];
  expect(together(series[0]!, all)).toEqual(series);
  expect(together(all[2]!, all).length).toBe(1);
  expect(activeHolds([...all, booking("alone"), booking("old", { holdExpiresAt: CREATED })], NOW).map((hold) => hold.bookingId)).toEqual(
    ["one", "other", "alone"],
  );
});

test("newer bookings replace what was loaded, by start", () => {
  const [first, second] = [booking("a"), booking("b", { startsAt: "2026-12-07T09:00:00Z" })];
  const confirmed = booking("a", { status: "CONFIRMED" });
  expect(withBookings([first], [second, confirmed])).toEqual([second, confirmed]);
});
