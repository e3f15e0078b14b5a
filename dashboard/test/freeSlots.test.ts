import type { Day, TimeSlot } from "slotledger-client";
import { expect, test } from "vitest";
import { freeSlotsByDate, zoneLabel } from "../src/freeSlots";

function slot(startsAt: string, status: TimeSlot["status"] = "AVAILABLE"): TimeSlot {
  return { time: "", durationMinutes: 60, startsAt, endsAt: "", status };
}

test("free slots in the future are grouped by the viewer's date, and keep their own date", () => {
  const evening = slot("2026-12-07T03:00:00+01:00"); // in New York, the day before
  const morning = slot("2026-12-07T15:00:00+01:00");
  const days: Day[] = [
    { date: "2026-11-28", version: 1, timeSlots: [slot("2026-11-28T09:00:00+01:00")] },
    { date: "2026-12-07", version: 1, timeSlots: [evening, slot("2026-12-07T10:00:00+01:00", "BOOKED"), morning] },
  ];
  const slots = freeSlotsByDate(days, "America/New_York", new Date("2026-11-28T12:00:00Z"));
  expect([...slots]).toEqual([
    ["2026-12-06", [{ ...evening, date: "2026-12-07" }]],
    ["2026-12-07", [{ ...morning, date: "2026-12-07" }]],
  ]);
});

test("free slots that can't be booked aren't offered", () => {
  const start = "2026-12-07T15:00:00+01:00";
  const days = (["inactive", "past", "too_soon"] as const).map((notBookable, i) => ({
    date: `2026-12-0${7 + i}`,
    version: 1,
    timeSlots: [{ ...slot(start), notBookable }],
  }));
  expect([...freeSlotsByDate(days, "America/New_York", new Date("2026-11-28T12:00:00Z"))]).toEqual([]);
});

test("a slot of another zone has its start in that zone, unless that is the viewer's zone", () => {
  const tokyo = { ...slot("2026-12-07T15:30:00+01:00"), timeZone: "Asia/Tokyo" };
  expect(zoneLabel(tokyo, "Europe/London")).toBe("23:30 Tokyo time");
  expect(zoneLabel({ ...tokyo, startsAt: "2026-12-07T16:30:00+01:00" }, "Europe/London")).toBe("Tue 8, 00:30 Tokyo time");
  expect(zoneLabel(tokyo, "Asia/Tokyo")).toBeNull();
  expect(zoneLabel(slot("2026-12-07T15:30:00+01:00"), "Europe/London")).toBeNull();
});
