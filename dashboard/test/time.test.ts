import { expect, test } from "vitest";
import { addDays, dateIn, mondayOf, zoneName } from "../src/time";

test("a week begins on its Monday", () => {
  expect(["2026-11-22", "2026-11-23", "2026-11-29"].map(mondayOf)).toEqual(["2026-11-16", "2026-11-23", "2026-11-23"]);
});

test("days are added by the calendar, whatever the clocks do", () => {
  expect(addDays("2026-03-28", 2)).toBe("2026-03-30");
  expect(addDays("2027-01-01", -1)).toBe("2026-12-31");
});

test("an instant's date depends on where one is", () => {
  const instant = new Date("2026-11-23T23:30:00Z");
  expect([dateIn("America/New_York", instant), dateIn("Europe/Copenhagen", instant)]).toEqual(["2026-11-23", "2026-11-24"]);
});

test("zones have names for people", () => {
  expect([zoneName("America/New_York"), zoneName("UTC")]).toEqual(["New York time", "UTC"]);
});
