import { afterEach, expect, test, vi } from "vitest";
import type { ChangeStats, PlatformStats } from "slotledger-client";
import { MONTHS, WEEKS, hoursFigure, spansFigure, timesFigure } from "../src/statistics/figures";
import { ceilingOf, countedWeeks, hoursOf, levelOf, monthsOf, thinOut, ticksOf, totalOf, weeksOf } from "../src/statistics/series";
import type { Span } from "../src/statistics/series";
import { formatNumber, shortId } from "../src/labels";
import { completenessText, fullDate, monthName, platformCompletenessText, reasonName, shortDate, weekdayName } from "../src/statistics/labels";

afterEach(() => vi.stubGlobal("navigator", { language: "en-GB", languages: ["en-GB"] }));

function span(start: string, slotsAdded: number, slotsRemoved = 0, lateRemovals = 0): Span {
  return { start, slotsAdded, slotsRemoved, lateRemovals };
}

const WEEK = { weekStart: "2026-11-09", slotsAdded: 3, slotsRemoved: 2, lateRemovals: 1 };

function statsOf(since: string, until: string): ChangeStats {
  return { since, until, weekly: [WEEK] } as ChangeStats;
}

test("a tutor's weeks are all weeks of the period, and a week without edits has zeros", () => {
  expect(weeksOf(statsOf("2026-11-05T12:00:00Z", "2026-11-19T12:00:00Z"), "Europe/Copenhagen")).toEqual([
    span("2026-11-02", 0),
    span("2026-11-09", 3, 2, 1),
    span("2026-11-16", 0),
  ]);
});

test("the first and the last week depend on the tutor's time zone", () => {
  const stats = statsOf("2026-11-08T23:30:00Z", "2026-11-15T23:30:00Z"); // Sunday nights, in London
  const starts = (zone: string) => weeksOf(stats, zone).map(({ start }) => start);
  expect(starts("Europe/London")).toEqual(["2026-11-02", "2026-11-09"]);
  expect(starts("Europe/Copenhagen")).toEqual(["2026-11-09", "2026-11-16"]);
});

test("a week that wasn't counted is on the axis, but has no numbers", () => {
  const weekly = [WEEK, { ...WEEK, weekStart: "2026-11-23" }];
  const weeks = countedWeeks({ weekly } as PlatformStats);
  expect(weeks.map(({ start }) => start)).toEqual(["2026-11-09", "2026-11-23"]);
  expect(WEEKS.axisStarts(weeks.map(({ start }) => start))).toEqual(["2026-11-09", "2026-11-16", "2026-11-23"]);
});

test("a month begins on its first day and has its name in the table", () => {
  const monthly = [{ month: "2026-11", slotsAdded: 3, slotsRemoved: 2, lateRemovals: 1 }];
  const months = monthsOf({ monthly } as PlatformStats);
  expect(months).toEqual([span("2026-11-01", 3, 2, 1)]);
  expect(spansFigure(months, MONTHS).numbers.rows).toEqual([[monthName("2026-11-01"), "3", "2", "1"]]);
});

test("the total of spans is the sum of their numbers", () => {
  const total = { slotsAdded: 5, slotsRemoved: 3, lateRemovals: 1 };
  expect(totalOf([span("2026-11-02", 4, 1, 1), span("2026-11-09", 1, 2)])).toEqual(total);
  expect(totalOf([])).toEqual({ slotsAdded: 0, slotsRemoved: 0, lateRemovals: 0 });
});

test("bars are shortened if only a few are much longer than the others", () => {
  const usual = [5, 7, 4, 16, 9, 1, 1].map((removed) => span("2026-11-02", 0, removed));
  expect(ceilingOf(usual)).toBe(16);
  expect(ceilingOf([...usual, span("2026-09-21", 240)])).toBe(24);
  expect(ceilingOf([...usual, span("2026-09-21", 64)])).toBe(64);
  expect(ceilingOf([span("2026-11-02", 240, 1)])).toBe(240);
  expect(ceilingOf([span("2026-11-02", 1, 1), span("2026-11-09", 240, 240)])).toBe(240);
  expect(ceilingOf([])).toBe(0);
});

test("ticks are round whole numbers that include zero", () => {
  expect(ticksOf(0, 1)).toEqual([0, 1]);
  expect(ticksOf(-2, 3)).toEqual([-2, -1, 0, 1, 2, 3]);
  expect(ticksOf(-16, 24)).toEqual([-10, 0, 10, 20]);
  expect(ticksOf(-130, 195)).toEqual([-100, 0, 100]);
  expect(ticksOf(0, 12)).toEqual([0, 2, 4, 6, 8, 10, 12]);
  expect(ticksOf(0, 3186)).toEqual([0, 1000, 2000, 3000]);
});

test("if there are too many labels, every second (third, …) label remains", () => {
  expect(thinOut([1, 2, 3, 4, 5], 5)).toEqual([1, 2, 3, 4, 5]);
  expect(thinOut([1, 2, 3, 4, 5], 4.9)).toEqual([1, 3, 5]);
  expect(thinOut([1, 2, 3], 0)).toEqual([1]);
});

test("the colour level of a count grows with its logarithm, and is 0 for a count of 0", () => {
  expect([0, 1, 4, 15, 240].map((count) => levelOf(count, 240))).toEqual([0, 1, 2, 3, 4]);
  expect([0, 1].map((count) => levelOf(count, 1))).toEqual([0, 4]);
});

const byWeekdayHour = Array.from({ length: 7 }, () => Array<number>(24).fill(0));
byWeekdayHour[1]![20] = 5;
byWeekdayHour[6]![0] = 2;

test("the chart, the summary and the table name the same weekday and hour for a count", () => {
  const hours = hoursOf(byWeekdayHour);
  expect(hours.length).toBe(168);
  expect(hours.filter(({ slots }) => slots > 0)).toEqual([
    { weekday: 1, hour: 20, slots: 5 },
    { weekday: 6, hour: 0, slots: 2 },
  ]);
  const { summary, numbers } = hoursFigure(byWeekdayHour);
  expect(summary).toBe(`Most slots are changed on ${weekdayName(1, "long")}s, 20:00–21:00: 5 of 7.`);
  expect(numbers.columns).toEqual(["Hour", ...[0, 1, 2, 3, 4, 5, 6].map((day) => weekdayName(day))]);
  expect(numbers.rows[20]).toEqual(["20:00", "0", "5", "0", "0", "0", "0", "0"]);
});

test("the days and hours are written as the viewer writes them", () => {
  vi.stubGlobal("navigator", { language: "en-US" });
  const { summary, numbers } = hoursFigure(byWeekdayHour);
  expect(summary.replaceAll(/\s/gu, " ")).toBe("Most slots are changed on Tuesdays, 8:00 PM–9:00 PM: 5 of 7.");
  expect(numbers.columns).toEqual(["Hour", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]);
  expect(numbers.rows[0]!.slice(1)).toEqual(["2", "0", "0", "0", "0", "0", "0"]);
});

test("removed slots by their own hours have their own summary and caption", () => {
  const { summary, numbers } = hoursFigure(byWeekdayHour, "removedSlots");
  expect(summary).toBe("Most removed slots start on Tuesdays, 20:00–21:00: 5 of 7.");
  expect(numbers.caption).toBe("Slots removed, by the weekday and hour of their start");
  expect(hoursFigure(Array.from({ length: 7 }, () => Array<number>(24).fill(0)), "removedSlots").summary).toBe("No slot was removed.");
});

test("the summary of the weeks is a sentence", () => {
  const summary = (...spans: Span[]) => spansFigure(spans, WEEKS).summary;
  expect(summary(span("2026-11-02", 2, 1), span("2026-11-09", 2, 4, 2))).toBe(
    `4 slots added, 5 removed, 2 of them late. Most slots were changed in the week of ${shortDate("2026-11-09")}: 6.`,
  );
  expect(summary(span("2026-11-02", 1))).toBe(
    `1 slot added, 0 removed. Most slots were changed in the week of ${shortDate("2026-11-02")}: 1.`,
  );
  expect(summary(span("2026-11-02", 0, 1))).toContain("1 removed, none of them late.");
  const usual = [1, 2, 3, 4, 5].map((added) => span("2026-11-02", added));
  expect(summary(...usual, span("2026-11-09", 300))).toMatch(/ Bars with a gap are shortened\.$/);
});

test("the summary of the removed times is a sentence", () => {
  const summary = (...counts: number[]) => timesFigure(counts.map((count, i) => ({ time: `1${i}:00`, count })), 9).summary;
  expect(summary(3, 2)).toBe("10:00 was removed most often: 3 times.");
  expect(summary(1, 1)).toBe("10:00 and 11:00 were removed most often: 1 time each.");
  expect(summary(2, 2, 2, 1)).toBe("10:00 and 2 others were removed most often: 2 times each.");
  expect(timesFigure([], 0).summary).toBe("No slot was removed.");
});

test("the summary says if an early release didn't count the hours or times", () => {
  expect(hoursFigure(Array.from({ length: 7 }, () => Array<number>(24).fill(0))).summary).toContain("weren't counted");
  expect(timesFigure([], 9).summary).toContain("weren't counted");
});

test("incomplete numbers say how many edits are missing and what to do", () => {
  expect(completenessText({ complete: true, missingVersions: 0 })).toMatch(/^Complete: /);
  expect(completenessText({ complete: false, missingVersions: 1 })).toBe(
    "Incomplete: 1 edit is missing from the log, so these numbers may be too low. Look again in ten minutes.",
  );
  expect(completenessText({ complete: false, missingVersions: 1234 })).toContain(`${formatNumber(1234)} edits are missing`);
  const weekly = [{ ...WEEK, offered: 3, booked: 1, fillRate: 0.3333 }];
  const unknown = [...weekly, { ...WEEK, offered: null, booked: null, fillRate: null }];
  expect(platformCompletenessText({ complete: true, missingVersions: 0, weekly })).toMatch(/^Complete: /);
  expect(platformCompletenessText({ complete: false, missingVersions: 0, weekly })).toContain("isn't counted for every tutor yet");
  expect(platformCompletenessText({ complete: false, missingVersions: 2, weekly })).toContain("2 edits were missing");
  expect(platformCompletenessText({ complete: false, missingVersions: 0, weekly: unknown })).toContain("an older release");
});

test("reasons, ids and dates have readable names", () => {
  expect([reasonName("copy_week"), reasonName("moved_house")]).toEqual(["Week copied", "moved_house"]);
  expect(shortId("12345678-0000-4000-8000-00000000abcd")).toBe("0000abcd");
  expect(fullDate("2026-11-23")).toBe("23 Nov 2026");
});
