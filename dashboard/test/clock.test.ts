import { expect, test } from "vitest";
import { clockChangeOn, dateAt, drawnParts, exists, slotName, spanName, spanOf } from "../src/clock";

const COPENHAGEN = "Europe/Copenhagen";
const [SPRING, AUTUMN] = ["2027-03-28", "2027-10-31"];

function instants(zone: string, date: string, time: string, durationMinutes = 60): string[] {
  return spanOf(date, { time, durationMinutes, timeZone: zone }).map((ms) => new Date(ms).toISOString());
}

test("a slot's minutes are elapsed minutes, even if the clocks change", () => {
  expect(instants(COPENHAGEN, SPRING, "01:30")).toEqual(["2027-03-28T00:30:00.000Z", "2027-03-28T01:30:00.000Z"]);
  expect(slotName(COPENHAGEN, SPRING, { time: "01:30", durationMinutes: 60 })).toBe("01:30–03:30");
  expect(slotName(COPENHAGEN, "2026-11-23", { time: "23:00", durationMinutes: 60 })).toBe("23:00–00:00");
});

test("a slot at a time that comes twice begins at the first of the two", () => {
  expect(instants(COPENHAGEN, AUTUMN, "02:30")).toEqual(["2027-10-31T00:30:00.000Z", "2027-10-31T01:30:00.000Z"]);
});

test("a time that the clocks skip doesn't exist", () => {
  expect(["01:59", "02:00", "02:59", "03:00"].map((time) => exists(COPENHAGEN, SPRING, time))).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

test("a change of the clocks on a date says which times are skipped or come twice", () => {
  expect(clockChangeOn(COPENHAGEN, SPRING)).toEqual({ from: "02:00", to: "03:00", isSkipped: true });
  expect(clockChangeOn(COPENHAGEN, AUTUMN)).toEqual({ from: "02:00", to: "03:00", isSkipped: false });
  expect([clockChangeOn(COPENHAGEN, "2027-03-27"), clockChangeOn(COPENHAGEN, "2027-03-29")]).toEqual([null, null]);
  expect(clockChangeOn("UTC", SPRING)).toBeNull();
  expect(clockChangeOn("Australia/Lord_Howe", "2027-04-04")).toEqual({ from: "01:30", to: "02:00", isSkipped: false });
  expect(clockChangeOn("Atlantic/Azores", SPRING)).toEqual({ from: "00:00", to: "01:00", isSkipped: true });
});

test("a change of the clocks at midnight belongs to the date whose times are skipped or repeated", () => {
  const lateOnSaturday = { from: "23:00", to: "24:00", isSkipped: true };
  expect(["2027-03-27", "2027-03-28"].map((date) => clockChangeOn("America/Nuuk", date))).toEqual([lateOnSaturday, null]);
  const lateOnThursday = { from: "23:00", to: "24:00", isSkipped: false };
  expect(["2026-10-29", "2026-10-30"].map((date) => clockChangeOn("Africa/Cairo", date))).toEqual([lateOnThursday, null]);
});

test("a slot is drawn from its start to its end, or by its duration if its end isn't later by the clock", () => {
  const parts = (zone: string, date: string, time: string, durationMinutes: number) =>
    drawnParts(zone, spanOf(date, { time, durationMinutes, timeZone: zone }));
  const part = (date: string, from: number, to: number) => ({ date, from, to });
  expect(parts(COPENHAGEN, "2026-11-23", "23:00", 60)).toEqual([part("2026-11-23", 1380, 1440)]);
  expect(parts(COPENHAGEN, SPRING, "01:30", 60)).toEqual([part(SPRING, 90, 210)]);
  expect(parts(COPENHAGEN, AUTUMN, "01:00", 180)).toEqual([part(AUTUMN, 60, 180)]);
  expect(parts(COPENHAGEN, AUTUMN, "02:30", 60)).toEqual([part(AUTUMN, 150, 210)]);
  expect(parts("Africa/Cairo", "2026-10-29", "23:00", 120)).toEqual([part("2026-10-29", 1380, 1440)]);
  expect(parts("Africa/Cairo", "2026-10-29", "23:30", 60)).toEqual([part("2026-10-29", 1410, 1440)]);
  expect(parts("America/Nuuk", "2027-03-27", "22:00", 60)).toEqual([part("2027-03-27", 1320, 1440)]);
});

test("a slot over midnight has a part on each date, and a slot of another zone is drawn at its instants", () => {
  const tokyo = { time: "23:30", durationMinutes: 60, timeZone: "Asia/Tokyo" };
  expect(drawnParts("Asia/Tokyo", spanOf("2026-12-09", tokyo))).toEqual([
    { date: "2026-12-09", from: 1410, to: 1440 },
    { date: "2026-12-10", from: 0, to: 30 },
  ]);
  expect(drawnParts(COPENHAGEN, spanOf("2026-12-09", tokyo))).toEqual([{ date: "2026-12-09", from: 930, to: 990 }]);
  expect(spanName(COPENHAGEN, spanOf("2026-12-09", tokyo))).toBe("15:30–16:30");
  const baker = { time: "23:00", durationMinutes: 720, timeZone: "Etc/GMT+12" };
  expect(drawnParts("Pacific/Kiritimati", spanOf("2026-12-09", baker))).toEqual([
    { date: "2026-12-11", from: 60, to: 780 },
  ]);
});

test("the name of a slot has its zone if that isn't the tutor's", () => {
  const slot = { time: "23:30", durationMinutes: 60 };
  expect(slotName(COPENHAGEN, "2026-12-09", slot)).toBe("23:30–00:30");
  expect(slotName(COPENHAGEN, "2026-12-09", { ...slot, timeZone: COPENHAGEN })).toBe("23:30–00:30");
  expect(slotName(COPENHAGEN, "2026-12-09", { ...slot, timeZone: "Asia/Tokyo" })).toBe("23:30–00:30 Tokyo time");
});

test("the name of a slot says if its end is the second of two equal times", () => {
  expect(slotName(COPENHAGEN, AUTUMN, { time: "02:00", durationMinutes: 30 })).toBe("02:00–02:30");
  expect(slotName(COPENHAGEN, AUTUMN, { time: "02:30", durationMinutes: 60 })).toBe("02:30–02:30 (the second time)");
});

test("the date of an instant is that of the zone's clocks", () => {
  expect(dateAt("Asia/Kathmandu", Date.parse("2026-11-23T18:15:00Z"))).toBe("2026-11-24");
});
