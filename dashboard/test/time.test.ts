import { afterEach, expect, test, vi } from "vitest";
import {
  addDays,
  clockName,
  dateIn,
  firstOfWeek,
  hourName,
  isSameZone,
  longDate,
  mondayInWeekOf,
  mondayOf,
  unambiguousTimeIn,
  weekdayOrder,
  zoneName,
} from "../src/time";

afterEach(() => vi.stubGlobal("navigator", { language: "en-GB", languages: ["en-GB"] }));

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

test.each([
  ["en-GB", "2026-11-23", [0, 1, 2, 3, 4, 5, 6]],
  ["de-DE", "2026-11-23", [0, 1, 2, 3, 4, 5, 6]],
  ["en-US", "2026-11-22", [6, 0, 1, 2, 3, 4, 5]],
  ["ar-EG", "2026-11-21", [5, 6, 0, 1, 2, 3, 4]],
])("for a viewer in %s, the week of Monday 23 November begins on %s", (locale, first, order) => {
  vi.stubGlobal("navigator", { language: locale });
  const week = Array.from({ length: 7 }, (_, i) => addDays(first, i));
  expect(new Set(week.map(firstOfWeek))).toEqual(new Set([first]));
  expect(new Set(week.map(mondayInWeekOf))).toEqual(new Set(["2026-11-23"]));
  expect(firstOfWeek(addDays(first, 7))).toBe(addDays(first, 7));
  expect(weekdayOrder()).toEqual(order);
});

test("times have 12 or 24 hours, as the viewer writes them", () => {
  expect([clockName("09:05"), clockName("24:00"), hourName(9), hourName(24)]).toEqual(["09:05", "00:00", "09:00", "00:00"]);
  vi.stubGlobal("navigator", { language: "en-US" });
  const plain = (text: string) => text.replace(/\s/u, " ");
  expect([clockName("09:05"), clockName("24:00"), hourName(9), hourName(12)].map(plain)).toEqual(["9:05 AM", "12:00 AM", "9 AM", "12 PM"]);
});
