import { expect, test } from "vitest";
import { addDays, unambiguousTimeIn, dateIn, isSameZone, longDate, mondayOf, zoneName } from "../src/time";

test("a week begins on its Monday", () => {
  expect(["2026-11-22", "2026-11-23", "2026-11-29"].map(mondayOf)).toEqual(["2026-11-16", "2026-11-23", "2026-11-23"]);
});

test("days are added by the calendar, even if the clocks change", () => {
  expect(addDays("2026-03-28", 2)).toBe("2026-03-30");
  expect(addDays("2027-01-01", -1)).toBe("2026-12-31");
});

test("the date of an instant depends on the zone", () => {
  const instant = new Date("2026-11-23T23:30:00Z");
  expect([dateIn("America/New_York", instant), dateIn("Europe/Copenhagen", instant)]).toEqual(["2026-11-23", "2026-11-24"]);
});

test("a date of another year has its year", () => {
  expect(longDate("2026-12-07", "2026-12-05")).toBe("Monday 7 December");
  expect(longDate("2027-10-01", "2026-12-05")).toBe("Friday, 1 October 2027");
});

test("zones have readable names", () => {
  expect([zoneName("America/New_York"), zoneName("UTC")]).toEqual(["New York time", "UTC"]);
});

test("two names of the same zone are the same zone", () => {
  expect(isSameZone("Asia/Kathmandu", "Asia/Katmandu")).toBe(true);
  expect(isSameZone("Europe/Kiev", "Europe/Kyiv")).toBe(true);
  expect(isSameZone("Asia/Kolkata", "Asia/Calcutta")).toBe(true);
});

test("zones whose clocks differ for a part of the year, or only for an hour, aren't the same", () => {
  expect(isSameZone("Europe/London", "Europe/Copenhagen")).toBe(false);
  expect(isSameZone("America/New_York", "America/Jamaica")).toBe(false);
  expect(isSameZone("Europe/Athens", "Asia/Beirut")).toBe(false);
});

test("a time that comes twice is written with its offset", () => {
  const timeOf = (instant: string) => unambiguousTimeIn("America/New_York", new Date(instant));
  const instants = ["2026-11-01T05:00Z", "2026-11-01T06:00Z", "2026-11-01T07:00Z"];
  expect(instants.map(timeOf)).toEqual(["01:00 GMT-4", "01:00 GMT-5", "02:00"]);
});
