import { expect, test } from "vitest";
import type { Demand, PlatformStats } from "slotledger-client";
import {
  bookedFigure,
  comparison,
  demandByMonth,
  demandByWeek,
  demandCells,
  demandFacts,
  demandFigure,
  demandTotal,
  percent,
  seasonsOf,
  suggestionLine,
  yearBefore,
} from "../src/statistics/demand";
import { MONTHS, WEEKS } from "../src/statistics/figures";

const byWeekdayHour = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => ({ offered: 0, booked: 0 })));
byWeekdayHour[0]![8] = { offered: 12, booked: 0 };
byWeekdayHour[1]![17] = { offered: 10, booked: 9 };

const DEMAND: Demand = {
  offeredMinutes: 1320,
  bookedMinutes: 545,
  fillRate: 0.4129,
  byWeekdayHour,
  lateRemovalsOfPopularHours: 2,
  suggestions: [
    { kind: "offer_more", weekday: "TUE", hour: 17, fillRate: 0.9, offeredPerWeek: 2.33 },
    { kind: "nobody_books", weekday: "MON", hour: 8, fillRate: 0, offeredPerWeek: 2.8 },
  ],
};

function platform(...weeks: [weekStart: string, offered: number | null, booked: number | null][]): PlatformStats {
  const counts = { slotsAdded: 4, slotsRemoved: 2, lateRemovals: 1 };
  const weekly = weeks.map(([weekStart, offered, booked]) => ({ weekStart, ...counts, offered, booked, fillRate: null }));
  return { weekly, complete: weeks.every(([, offered]) => offered !== null), monthly: [{ month: "2026-11", ...counts, offered: 8, booked: 2, fillRate: 0.25 }] } as PlatformStats;
}

test("the facts are the fill rate with its hours, and the popular hours that were lost", () => {
  expect(demandFacts(DEMAND)).toEqual([
    ["Booked", "41%", "9.1 of 22 hours offered"],
    ["Popular hours lost", "2", "slots removed late"],
  ]);
  expect(demandFacts(undefined).map(([, value]) => value)).toEqual([undefined, undefined]);
  expect(percent(null)).toBe("–");
});

test("a suggestion is a sentence with its numbers", () => {
  expect(DEMAND.suggestions.map((each) => suggestionLine(each, DEMAND))).toEqual([
    "Tuesday 17:00: 9 of 10 booked. Offer more.",
    "Monday 08:00: 12 offered, none booked.",
  ]);
});

test("the hours' squares say how many slots were booked, and their colours which part", () => {
  expect(demandCells(DEMAND).filter(({ text }) => text !== "")).toEqual([
    { weekday: 0, hour: 8, level: 0, text: "0/12", title: "Monday, 08:00: 0 of 12 booked" },
    { weekday: 1, hour: 17, level: 4, text: "9/10", title: "Tuesday, 17:00: 9 of 10 booked" },
  ]);
  const { summary, numbers } = demandFigure(DEMAND);
  expect(summary).toBe("9 of 22 slots were booked when they started.");
  expect(numbers.rows[8]).toEqual(["08:00", "0/12", "–", "–", "–", "–", "–", "–"]);
  expect(numbers.rows[17]).toEqual(["17:00", "–", "9/10", "–", "–", "–", "–", "–"]);
});

test("weeks and months have their rates, and those that weren't counted have none", () => {
  const stats = platform(["2026-11-02", 8, 2], ["2026-11-09", null, null], ["2026-11-16", 0, 0]);
  const { summary, numbers } = bookedFigure(demandByWeek(stats), WEEKS);
  expect(summary).toBe("2 of 8 slots were booked: 25%. Some weeks aren't counted.");
  expect(numbers.rows).toEqual([
    ["2 Nov 2026", "8", "2", "25%"],
    ["9 Nov 2026", "–", "–", "–"],
    ["16 Nov 2026", "0", "0", "–"],
  ]);
  expect(bookedFigure(demandByMonth(stats), MONTHS).numbers.rows).toEqual([["Nov 2026", "8", "2", "25%"]]);
  expect(demandTotal([])).toEqual({ offered: 0, booked: 0, fillRate: null });
});

test("the seasons are the last twelve weeks and the last four full quarters", () => {
  const [weeks, ...quarters] = seasonsOf("2026-11-23");
  expect(weeks).toEqual({ name: "The last 12 weeks, since 31 Aug", from: "2026-08-31", to: "2026-11-23" });
  expect(quarters.map(({ name, from, to }) => [name, from, to])).toEqual([
    ["Jul 2026 – Sept 2026", "2026-07-01", "2026-10-01"],
    ["Apr 2026 – Jun 2026", "2026-04-01", "2026-07-01"],
    ["Jan 2026 – Mar 2026", "2026-01-01", "2026-04-01"],
    ["Oct 2025 – Dec 2025", "2025-10-01", "2026-01-01"],
  ]);
  expect(seasonsOf("2026-01-05")[1]).toEqual({ name: "Oct 2025 – Dec 2025", from: "2025-10-01", to: "2026-01-01" });
});

test("a year ago is the same number of weeks, which begin on the same weekday", () => {
  expect(yearBefore(seasonsOf("2026-11-23")[0]!)).toMatchObject({ from: "2025-09-01", to: "2025-11-24" });
});

test("a season stands beside the one of a year ago", () => {
  const { rows } = comparison(platform(["2026-11-02", 8, 2], ["2026-11-09", 2, 2]), platform(["2025-11-03", 5, 1]));
  expect(rows).toEqual([
    ["Weeks counted", "2", "1"],
    ["Complete", "Yes", "Yes"],
    ["Slots offered", "10", "5"],
    ["Slots booked", "4", "1"],
    ["Booked", "40%", "20%"],
    ["Slots added", "8", "4"],
    ["Slots removed", "4", "2"],
    ["Removed late", "2", "1"],
  ]);
});

test("a season with a week that wasn't counted, or without weeks that should be there, has no sums", () => {
  const partly = platform(["2025-11-03", 5, 1], ["2025-11-10", null, null]);
  const none = { ...platform(), complete: false };
  expect(comparison(partly, none).rows).toEqual([
    ["Weeks counted", "1", "0"],
    ["Complete", "No", "No"],
    ["Slots offered", "–", "–"],
    ["Slots booked", "–", "–"],
    ["Booked", "–", "–"],
    ["Slots added", "8", "–"],
    ["Slots removed", "4", "–"],
    ["Removed late", "2", "–"],
  ]);
  expect(comparison(platform(), none).rows[2]).toEqual(["Slots offered", "0", "–"]);
});
