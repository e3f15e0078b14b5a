import type { Kept, PublishedSchedule, Schedule } from "slotledger-client";
import { afterEach, expect, test, vi } from "vitest";
import { publishedLines, timesName } from "../src/usual/labels";
import { pauseOf, scheduleOf, slotsIn, slotsOn, slotsWithin, weekOf, withSlots } from "../src/usual/schedule";

afterEach(() => vi.stubGlobal("navigator", { language: "en-GB", languages: ["en-GB"] }));

const slot = (weekday: "MON" | "TUE" | "SUN", time: string, durationMinutes = 60) => ({ weekday, time, durationMinutes });
const SCHEDULE: Schedule = { validFrom: "2026-12-02", everyWeeks: 1, weeksAhead: 12, slots: [slot("MON", "15:00")], breaks: [] };

test("times are filled with slots and pauses, as long as the last slot ends in time", () => {
  const times = { weekdays: ["MON", "TUE"], from: 15 * 60, to: 17 * 60 } as const;
  expect(slotsIn(times, 45, 15)).toEqual([
    slot("MON", "15:00", 45),
    slot("MON", "16:00", 45),
    slot("TUE", "15:00", 45),
    slot("TUE", "16:00", 45),
  ]);
  expect(slotsIn({ ...times, to: times.from }, 45, 15)).toEqual([slot("MON", "15:00", 45), slot("TUE", "15:00", 45)]);
});

test("slots after midnight are on the next weekday", () => {
  expect(slotsIn({ weekdays: ["SUN"], from: 23 * 60, to: 25 * 60 }, 60, 0)).toEqual([slot("SUN", "23:00"), slot("MON", "00:00")]);
});

test("new slots replace those that they overlap, also over the end of the week", () => {
  const week = [slot("MON", "00:30"), slot("MON", "09:00"), slot("TUE", "09:00")];
  expect(withSlots(week, [slot("MON", "09:59")])).toEqual([week[0], slot("MON", "09:59"), week[2]]);
  expect(withSlots(week, [slot("MON", "10:00")])).toEqual([week[0], week[1], slot("MON", "10:00"), week[2]]);
  expect(withSlots(week, [slot("SUN", "23:45")])).toEqual([week[1], week[2], slot("SUN", "23:45")]);
});

test("slots are found by a time that they cover", () => {
  const week = [slot("MON", "09:00"), slot("TUE", "09:00")];
  expect(slotsWithin(week, { weekdays: ["MON"], from: 599, to: 599 })).toEqual([week[0]]);
  expect(slotsWithin(week, { weekdays: ["MON"], from: 600, to: 600 })).toEqual([]);
  expect(slotsWithin(week, { weekdays: ["MON", "TUE"], from: 0, to: 1440 })).toEqual(week);
});

test("the pause is that of the first two slots of a day", () => {
  expect(pauseOf([slot("MON", "09:00"), slot("MON", "10:15")])).toBe(15);
  expect(pauseOf([slot("MON", "09:00"), slot("MON", "14:00")])).toBe(0);
  expect(pauseOf([slot("MON", "09:00"), slot("TUE", "09:00")])).toBe(0);
  expect(pauseOf([])).toBe(0);
});

test("a schedule gives a date its weekday's slots, from its first date on and not in breaks", () => {
  const schedule = { ...SCHEDULE, breaks: [{ from: "2026-12-21", to: "2026-12-28" }] };
  const hours = [{ time: "15:00", durationMinutes: 60 }];
  const dates = ["2026-11-30", "2026-12-07", "2026-12-08", "2026-12-21", "2026-12-28", "2027-01-04"];
  expect(dates.map((date) => slotsOn(schedule, date))).toEqual([[], hours, [], [], [], hours]);
});

test("weeks are counted from the week of the first date, over the end of the year", () => {
  const schedule = { ...SCHEDULE, everyWeeks: 2 };
  const mondays = ["2026-12-07", "2026-12-14", "2026-12-21", "2026-12-28", "2027-01-04", "2027-01-11", "2027-03-22", "2027-03-29"];
  expect(mondays.filter((date) => slotsOn(schedule, date).length > 0)).toEqual(["2026-12-14", "2026-12-28", "2027-01-11", "2027-03-22"]);
});

test("breaks that are over leave the form, and a break without a last day is one day", () => {
  const breaks = [
    { from: "2026-11-01", to: "2026-11-30", note: "over" },
    { from: "2026-11-01", to: "2026-12-01", note: null },
  ];
  const week = weekOf({ ...SCHEDULE, breaks }, "2026-12-01");
  expect(week.breaks).toEqual([{ from: "2026-11-01", to: "2026-12-01", note: "" }]);
  const typed = { ...week, breaks: [{ from: "2026-12-24", to: "", note: " Christmas Eve " }] };
  expect(scheduleOf(typed).breaks).toEqual([{ from: "2026-12-24", to: "2026-12-24", note: "Christmas Eve" }]);
});

test("weekdays in a row are named by the first and the last", () => {
  const times = { from: 900, to: 1140 };
  expect(timesName({ ...times, weekdays: ["MON", "TUE", "WED"] })).toBe("Monday to Wednesday, 15:00–19:00");
  expect(timesName({ ...times, weekdays: ["MON", "TUE", "THU"] })).toBe("Monday, Tuesday and Thursday, 15:00–19:00");
  expect(timesName({ ...times, weekdays: ["SUN"] })).toBe("Sunday, 15:00–19:00");
});

test("weekdays in a row follow the viewer's week", () => {
  vi.stubGlobal("navigator", { language: "en-US" });
  const name = timesName({ from: 900, to: 1140, weekdays: ["SUN", "MON", "TUE"] });
  expect(name.replaceAll(/\s/gu, " ")).toBe("Sunday to Tuesday, 3:00 PM–7:00 PM");
  expect(timesName({ from: 900, to: 1140, weekdays: ["SAT", "SUN"] })).toMatch(/^Sunday and Saturday, /);
});

const kept = (why: Kept["why"], date: string, ...times: string[]): Kept => ({ why, date, times });
const lines = (fields: Partial<PublishedSchedule>, isAdmin = false) =>
  publishedLines(
    { changes: { added: 0, removed: 0 }, kept: [], truncated: false, publishedThrough: null, ...fields } as PublishedSchedule,
    "3026-12-01",
    isAdmin,
  );

test("a preview says what changes and until when", () => {
  expect(lines({})).toEqual(["No slot changes."]);
  expect(lines({ changes: { added: 1, removed: 1234 }, publishedThrough: "3027-02-21" })).toEqual([
    "Adds 1 slot and removes 1,234 free slots until Wednesday, 21 February 3027.",
  ]);
});

test("a preview says what is kept, and why", () => {
  const all = [
    kept("booked", "3026-12-02", "15:00", "16:00"),
    kept("clock", "3026-12-03", "02:30"),
    kept("edited", "3026-12-04", "09:00"),
    kept("edited", "3026-12-05", "09:00"),
    kept("overlap", "3026-12-06", "09:15"),
  ];
  expect(lines({ kept: all }).slice(1)).toEqual([
    "Keeps 2 days that you changed by hand: Mon 4 Dec 3026 and Tue 5 Dec 3026.",
    "2 booked lessons stay: Sat 2 Dec 3026 at 15:00 and Sat 2 Dec 3026 at 16:00.",
    "Leaves out 1 slot that would overlap what stays: Wed 6 Dec 3026 at 09:15.",
    "Leaves out 1 slot at times that the clocks skip: Sun 3 Dec 3026 at 02:30.",
  ]);
  expect(lines({ kept: all }, true)[1]).toContain("Keeps 2 days that were changed by hand");
});

test("a preview with many days names the first ones", () => {
  const days = Array.from({ length: 92 }, (_, i) => kept("edited", `3026-01-${String((i % 28) + 1).padStart(2, "0")}`, "09:00"));
  const distinct = days.map((day, i) => ({ ...day, date: `302${Math.floor(i / 28)}${day.date.slice(4)}` }));
  const [, named, more] = lines({ kept: distinct, truncated: true });
  expect(named).toMatch(/^Keeps 92 days that you changed by hand: .*8 Jan 3020 and 84 more\.$/);
  expect(more).toBe("There are more such days; the first ones are named.");
});
