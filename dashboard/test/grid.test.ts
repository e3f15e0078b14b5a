/** The grid of the week: where times are drawn, what a drag means, and where the arrow keys go. */

import { expect, test } from "vitest";
import { EMPTY_DRAFT, withLoadedDays } from "../src/week/draft";
import type { Draft } from "../src/week/draft";
import { nextMinute, slotAt } from "../src/week/grid/cursor";
import { begin, follow, startsBetween } from "../src/week/grid/gesture";
import { drawnOn } from "../src/week/grid/layout";
import type { DrawnSlot } from "../src/week/grid/layout";
import { foldsOf, labelledHours, scaleOf } from "../src/week/grid/scale";

const ZONE = "Europe/Copenhagen";
const DATE = "2027-03-22";
const HOUR = 60;

/** Return a draft with loaded slots: each is a date, a time and minutes, and may have a zone. */
function draftOf(...slots: [date: string, time: string, durationMinutes: number, timeZone?: string][]): Draft {
  const days = [...new Set(slots.map(([date]) => date))].map((date) => ({
    date,
    version: 1,
    timeSlots: slots
      .filter((slot) => slot[0] === date)
      .map(([, time, durationMinutes, timeZone]) => ({
        ...{ time, durationMinutes, timeZone, status: "AVAILABLE" as const },
        ...{ startsAt: "", endsAt: "" },
      })),
  }));
  return withLoadedDays(EMPTY_DRAFT, ZONE, days.map(({ date }) => date), days);
}

function drawn(...slots: Parameters<typeof draftOf>): DrawnSlot[] {
  return drawnOn(draftOf(...slots), [DATE]).get(DATE)!;
}

test("hours before and after everything that is drawn are folded, but not the usual ones", () => {
  expect(foldsOf([])).toEqual([{ from: 0, to: 8 * HOUR }, { from: 21 * HOUR, to: 24 * HOUR }]);
  expect(foldsOf([{ from: 6 * HOUR + 30, to: 23 * HOUR }])).toEqual([{ from: 0, to: 6 * HOUR }]);
  expect(foldsOf([{ from: 9 * HOUR, to: 10 * HOUR }])).toEqual(foldsOf([]));
  expect(foldsOf([{ from: 0, to: 24 * HOUR }])).toEqual([]);
});

test("a scale is increasing, and goes back to the same time", () => {
  const scale = scaleOf(foldsOf([]));
  expect(scale.units).toBe(13 * HOUR + 2 * 45);
  expect([scale.at(0), scale.at(24 * HOUR)]).toEqual([0, 1]);
  for (let minute = 0; minute < 24 * HOUR; minute += 7) {
    expect(scale.minuteAt(scale.at(minute))).toBeCloseTo(minute, 6);
    expect(scale.at(minute)).toBeLessThan(scale.at(minute + 7));
  }
  expect([scale.minuteAt(-1), scale.minuteAt(2)]).toEqual([0, 24 * HOUR]);
});

test("folded hours have no labels", () => {
  expect(labelledHours(scaleOf(foldsOf([])))).toEqual(Array.from({ length: 13 }, (_, i) => (8 + i) * HOUR));
  expect(labelledHours(scaleOf([]))).toHaveLength(23);
});

test("a slot is drawn at its instants in the tutor's zone, over midnight on two dates", () => {
  const draft = draftOf([DATE, "23:30", 60], ["2027-03-23", "07:30", 45, "Asia/Tokyo"]);
  const [first, second] = [...drawnOn(draft, [DATE, "2027-03-23"]).values()];
  expect(first!.map(({ part }) => [part.from, part.to])).toEqual([[1410, 1440], [1410, 1440]]);
  expect(first!.map(({ lane, lanes, continues }) => [lane, lanes, continues])).toEqual([[0, 2, true], [1, 2, true]]);
  expect(second!.map(({ part, isContinued }) => [part.from, part.to, isContinued])).toEqual([[0, 30, true], [0, 15, true]]);
});

test("slots that don't overlap have the whole width", () => {
  expect(drawn([DATE, "09:00", 60], [DATE, "10:00", 60]).map(({ lanes }) => lanes)).toEqual([1, 1]);
});

test("a drag over an empty place draws a rectangle, in any direction", () => {
  const start = begin({ day: 3, minute: 16 * HOUR + 4 });
  expect(start).toMatchObject({ kind: "fill", days: [3, 3], from: 960, to: 975 });
  expect(follow(start, { day: 4, minute: 19 * HOUR + 50 })).toMatchObject({ days: [3, 4], from: 960, to: 1200 });
  expect(follow(start, { day: 0, minute: 15 * HOUR + 10 })).toMatchObject({ days: [0, 3], from: 900, to: 975 });
  const there = follow(start, { day: 6, minute: 24 * HOUR });
  expect(follow(there, { day: 3, minute: 16 * HOUR + 4 })).toEqual(start);
});

test("a rectangle has as many slots as fit, and at least one", () => {
  expect(startsBetween(900, 1140, 45)).toEqual([900, 945, 990, 1035, 1080]);
  expect(startsBetween(900, 915, 60)).toEqual([900]);
});

test("a drag on a slot moves it by the same distance, and stays within the day", () => {
  const [slot] = drawn([DATE, "09:00", 60]);
  const move = begin({ day: 0, minute: 9 * HOUR + 20 }, slot);
  expect(follow(move, { day: 2, minute: 10 * HOUR + 28 })).toMatchObject({ kind: "move", day: 2, from: 10 * HOUR + 15 });
  expect(follow(move, { day: 0, minute: 3 })).toMatchObject({ from: 0 });
});

test("a drag on a slot's lower edge stretches it, from 5 minutes to 12 hours", () => {
  const [slot] = drawn([DATE, "09:00", 60]);
  const stretch = begin({ day: 0, minute: 10 * HOUR }, slot, true);
  expect(follow(stretch, { day: 0, minute: 10 * HOUR + 25 })).toMatchObject({ kind: "stretch", durationMinutes: 90 });
  expect(follow(stretch, { day: 0, minute: 8 * HOUR })).toMatchObject({ durationMinutes: 5 });
  expect(follow(stretch, { day: 0, minute: 24 * HOUR })).toMatchObject({ durationMinutes: 720 });
});

test("the lower edge of a slot over midnight is that of its second part", () => {
  const second = drawnOn(draftOf(["2027-03-21", "23:30", 60]), [DATE]).get(DATE)![0]!;
  const stretch = begin({ day: 0, minute: 30 }, second, true);
  expect(follow(stretch, { day: 0, minute: HOUR })).toMatchObject({ durationMinutes: 90 });
});

test("the arrow keys go by half hours, stop at each slot, and leave it at its end", () => {
  const slots = drawn([DATE, "09:10", 45], [DATE, "10:00", 60]);
  const down = [9 * HOUR];
  while (down.at(-1)! < 11 * HOUR + 30) {
    down.push(nextMinute(slots, [], down.at(-1)!, 1));
  }
  expect(down).toEqual([540, 550, 595, 600, 660, 690]);
  const up = [11 * HOUR + 30];
  while (up.at(-1)! > 8 * HOUR + 30) {
    up.push(nextMinute(slots, [], up.at(-1)!, -1));
  }
  expect(up.filter((minute) => slotAt(slots, minute))).toEqual([600, 550]);
  expect(up.at(-1)).toBe(8 * HOUR + 30);
});

test("the arrow keys stop at the ends of the day and at folded hours", () => {
  expect(nextMinute([], [], 0, -1)).toBe(0);
  expect(nextMinute([], [], 23 * HOUR + 30, 1)).toBe(23 * HOUR + 30);
  const folds = foldsOf([]);
  expect(nextMinute([], folds, 8 * HOUR, -1)).toBe(8 * HOUR);
  expect(nextMinute([], folds, 20 * HOUR + 30, 1)).toBe(20 * HOUR + 30);
});
