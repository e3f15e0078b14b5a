import type { FoundSlot, SlotSearch } from "slotledger-client";
import { expect, test } from "vitest";
import { furtherGoal, nothingRead, readOn } from "../src/book/found";
import type { Found } from "../src/book/found";
import { lineLength, monthAfter, nearest, weeksOf, weeksToCome } from "../src/book/month";
import { firstWindow, isDate, nextWindow, placeOf, queryOf } from "../src/book/search";
import type { Place } from "../src/book/search";
import { lastDateOf, seriesDates } from "../src/book/series";
import {
  briefDay,
  clocksName,
  dayHeading,
  dayName,
  durationName,
  isLater,
  resultText,
  slotName,
  startThere,
  timeRange,
  whereName,
} from "../src/book/labels";

const ZONE = "America/New_York";
const NOW = new Date("2026-12-01T17:30:42.5Z"); // Tuesday, 12:30 in New York
const TODAY = "2026-12-01";
const NEXT: Place = {
  ...{ tutorId: null, date: null, month: null, hour: 0, minutes: null, tags: [], repeat: null, at: null, bookingId: null },
};
const WINDOW = { from: "2026-12-01T17:30:00.000Z", to: "2026-12-31T05:00:00.000Z" };

function slot(startsAt: string, more: Partial<FoundSlot> = {}): FoundSlot {
  const maya = { tutorId: "m", tutorName: "Maya", timeZone: "Europe/Copenhagen" };
  return { ...maya, date: startsAt.slice(0, 10), time: startsAt.slice(11, 16), durationMinutes: 45, startsAt, endsAt: "", ...more };
}

const FIRST = slot("2026-12-01T23:00:00+01:00");
const SECOND = slot("2026-12-03T15:00:00+01:00");

test("a search is the same after it was written to the address", () => {
  const search = { ...NEXT, date: "2026-12-04", hour: 16, minutes: 45, tags: ["C & C++", "Deutsch, A1"] };
  expect(placeOf(queryOf(search))).toEqual(search);
  expect(queryOf(NEXT)).toBe("");
  expect(placeOf("")).toEqual(NEXT);
});

test("each step has an address", () => {
  const series = { ...NEXT, tutorId: "t", repeat: { everyWeeks: 2, count: 8 }, at: "2026-12-04T16:00:00+01:00" };
  const hold = { ...NEXT, tutorId: "t", month: "2027-01", bookingId: "b" };
  expect([series, hold].map((place) => placeOf(queryOf(place)))).toEqual([series, hold]);
  expect(queryOf(hold)).toBe("tutor=t&month=2027-01&booking=b");
});

test("parts of an address that aren't valid are ignored", () => {
  const dates = ["2026-02-31", "2026-13-01", "2026-12-4", "soon", "3000-01-01", ""];
  expect(dates.map((date) => placeOf(`date=${date}`))).toEqual(Array(6).fill(NEXT));
  const others = ["from=24", "from=-1", "minutes=0", "minutes=721", "minutes=1e2", "tag=", "every=1", "every=5&times=8", "month=2026-13", "at=soon"];
  expect(others.map(placeOf)).toEqual(Array(10).fill(NEXT));
  expect(["2028-02-29", "2027-02-29"].map(isDate)).toEqual([true, false]);
});

test("the next free times are searched from this minute to the end of the thirtieth day", () => {
  expect(firstWindow(NEXT, ZONE, NOW)).toEqual(WINDOW);
});

test("a date is searched from its hour in the viewer's zone, but never from before now", () => {
  const from = (date: string, hour: number) => firstWindow({ ...NEXT, date, hour }, ZONE, NOW).from;
  expect(from("2026-12-04", 16)).toBe("2026-12-04T21:00:00.000Z");
  expect(from(TODAY, 8)).toBe(WINDOW.from);
  expect(from("2026-11-20", 8)).toBe(WINDOW.from);
});

test("the next window begins where the last one ended, and ends at midnight, also if the clocks change", () => {
  const second = nextWindow({ from: "", to: "2027-02-20T05:00:00.000Z" }, ZONE);
  expect(second).toEqual({ from: "2027-02-20T05:00:00.000Z", to: "2027-03-22T04:00:00.000Z" });
});

/** Return a server with these pages, by what is requested, and the requests that it got. */
function server(...pages: [readonly FoundSlot[], string | null][]) {
  const requests: SlotSearch[] = [];
  const find = async (request: SlotSearch) => {
    requests.push(request);
    const [slots, nextCursor] = pages[requests.length - 1]!;
    return { slots: [...slots], nextCursor, unknownTutorIds: [] };
  };
  return { find, requests };
}

test("more slots are read from the cursor on, and then from the next window", async () => {
  const { find, requests } = server([[FIRST], "c"], [[SECOND], null], [[], null]);
  const search = { hour: 0, minutes: 45, tags: ["maths"] };
  const one = await readOn(find, search, ZONE, nothingRead(WINDOW), { slots: 1, windows: 1 });
  expect(one).toEqual({ slots: [FIRST], windows: 0, next: { ...WINDOW, cursor: "c" } });
  const two = await readOn(find, search, ZONE, one, furtherGoal(one));
  expect(two).toEqual({ slots: [FIRST, SECOND], windows: 1, next: nextWindow(WINDOW, ZONE) });
  const filters = { tags: ["maths"], minMinutes: 45, maxMinutes: 45 };
  expect(requests).toEqual([
    { ...filters, ...WINDOW, limit: 1 },
    { ...filters, ...WINDOW, cursor: "c", limit: 50 },
  ]);
  const three = await readOn(find, search, ZONE, two, furtherGoal(two));
  expect(three).toEqual({ slots: [FIRST, SECOND], windows: 2, next: nextWindow(nextWindow(WINDOW, ZONE), ZONE) });
});

test("what is shown is read again with pages that the server allows", async () => {
  const { find, requests } = server([Array(500).fill(FIRST), "c"], [Array(50).fill(SECOND), "d"]);
  const found = await readOn(find, NEXT, ZONE, nothingRead(WINDOW), { slots: 550, windows: 1 });
  expect(found.slots.length).toBe(550);
  expect(requests.map(({ limit, cursor, minMinutes }) => [limit, cursor, minMinutes])).toEqual([
    [500, undefined, undefined],
    [50, "c", undefined],
  ]);
});

test("more is read if the rest of a window had less than a page", async () => {
  const { find, requests } = server([[FIRST], null]);
  const before: Found = { slots: Array(50).fill(FIRST), windows: 0, next: { ...WINDOW, cursor: "c" } };
  const found = await readOn(find, NEXT, ZONE, before, { slots: 100, windows: 1 });
  expect([found.slots.length, found.windows, requests.length]).toEqual([51, 1, 1]);
});

test("times at other hours of the day are left out, also on later days", async () => {
  const morning = slot("2026-12-03T14:00:00+01:00"); // 08:00 in New York
  const { find, requests } = server([[FIRST, morning, SECOND], null]);
  const found = await readOn(find, { ...NEXT, hour: 9 }, ZONE, nothingRead(WINDOW), { slots: 50, windows: 1 });
  expect(found.slots).toEqual([FIRST, SECOND]);
  expect(requests.map(({ limit }) => limit)).toEqual([500]);
});

test("if everything is at other hours, not more than ten pages are read", async () => {
  const { find, requests } = server(...Array(20).fill([[SECOND], "c"]));
  await readOn(find, { ...NEXT, hour: 23 }, ZONE, nothingRead(WINDOW), { slots: 50, windows: 1 });
  expect(requests.length).toBe(10);
});

test("days and times are said as people say them", () => {
  expect(["2026-12-01", "2026-12-02", "2026-12-03", "2027-01-01"].map((date) => dayName(date, TODAY))).toEqual([
    "Today",
    "Tomorrow",
    "Thursday 3 December",
    "Friday, 1 January 2027",
  ]);
  expect(["2026-12-02", "2026-12-03"].map((date) => dayHeading(date, TODAY))).toEqual([
    "Tomorrow, Wednesday 2 December",
    "Thursday 3 December",
  ]);
  expect(["2026-12-02", "2026-12-07", "2026-12-08", "2027-01-01"].map((date) => briefDay(date, TODAY))).toEqual([
    "Tomorrow",
    "Monday",
    "8 December",
    "1 January 2027",
  ]);
  expect(slotName(FIRST, ZONE, TODAY)).toBe("Today 17:00 with Maya, 45 minutes");
  expect(timeRange({ ...FIRST, endsAt: "2026-12-01T23:45:00+01:00" }, ZONE)).toBe("17:00–17:45");
  expect(timeRange({ ...FIRST, endsAt: null }, ZONE)).toBe("17:00");
});

test("a slot has the tutor's time if it is another one, and the date if that is another one", () => {
  const night = slot("2026-12-08T00:30:00+09:00", { timeZone: "Asia/Tokyo" });
  expect([FIRST, night].map((each) => startThere(each, ZONE, TODAY))).toEqual(["23:00", "Tuesday 8 December, 00:30"]);
  expect(whereName(night, ZONE, TODAY)).toBe("Tuesday 8 December, 00:30 in Tokyo");
  expect(whereName(night, "Asia/Tokyo", TODAY)).toBeNull();
  expect(whereName(night, "Asia/Seoul", TODAY)).toBeNull(); // the clocks agree at that instant
});

test("a tutor's clock is ahead of the viewer's, behind it, or the same", () => {
  expect(["America/Los_Angeles", "Asia/Kathmandu", "America/Toronto", "Europe/Berlin"].map((zone) => clocksName(zone, ZONE, NOW))).toEqual([
    "Los Angeles, 3 hours behind you",
    "Kathmandu, 10.75 hours ahead of you",
    "Toronto, the same time as yours",
    "Berlin, 6 hours ahead of you",
  ]);
});

test("a notice has the largest unit that fits", () => {
  expect([2880, 1440, 300, 90].map(durationName)).toEqual(["2 days", "1 day", "5 hours", "90 minutes"]);
});

test("the result says how much is free, and until when", () => {
  const text = (found: Found) => resultText(found, ZONE, TODAY);
  const read = { slots: [FIRST, SECOND], windows: 1, next: nextWindow(WINDOW, ZONE) };
  const half = { ...read, windows: 0, next: { ...WINDOW, cursor: "c" } };
  expect(text({ ...read, slots: [] })).toBe("Nothing is free until Wednesday 30 December.");
  expect(text(read)).toBe("2 free times until Wednesday 30 December.");
  expect(text(half)).toBe("2 free times, and there are more.");
  expect(["2026-12-02", TODAY, null].map((date) => isLater({ ...read, slots: [SECOND] }, { date }, ZONE, TODAY))).toEqual([true, true, false]);
  expect(isLater(read, { date: TODAY }, ZONE, TODAY)).toBe(false);
});

test("this month has the weeks to come, and goes on with the next month if few are left", () => {
  const first = (month: string, today: string) => weeksToCome(month, 1, today).map((week) => week[0]);
  expect(first("2026-11", "2026-11-09")).toEqual(["2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30"]);
  expect(first("2026-11", "2026-11-30")).toEqual(["2026-11-30", "2026-12-07", "2026-12-14", "2026-12-21"]);
  expect(first("2027-02", "2027-02-28")).toEqual(["2027-02-22", "2027-03-01", "2027-03-08", "2027-03-15"]);
  expect(first("2027-02", "2026-11-30").length).toBe(4);
  expect(first("2026-10", "2026-11-30").length).toBe(5);
});

test("a month has full weeks from the first day of the week on", () => {
  expect(weeksOf("2026-12", 1).map((week) => [week[0], week[6]])).toEqual([
    ["2026-11-30", "2026-12-06"],
    ["2026-12-07", "2026-12-13"],
    ["2026-12-14", "2026-12-20"],
    ["2026-12-21", "2026-12-27"],
    ["2026-12-28", "2027-01-03"],
  ]);
  expect(weeksOf("2027-02", 1).length).toBe(4);
  expect(weeksOf("2027-02", 7)[0]![0]).toBe("2027-01-31");
  expect([monthAfter("2026-12", 1), monthAfter("2026-01", -1)]).toEqual(["2027-01", "2025-12"]);
});

test("the line below a day is longer if more is free, compared with the fullest day", () => {
  expect([0, 1, 3, 6, 12].map((count) => lineLength(count, 12))).toEqual([0, 1, 1, 2, 4]);
});

test("the nearest times are by start, and those of the same length come before others", () => {
  const starts = ["2026-12-01T10:00Z", "2026-12-01T12:00Z", "2026-12-01T13:00Z", "2026-12-02T12:00Z"];
  const slots = starts.map((startsAt, i) => slot(startsAt, { durationMinutes: i === 2 ? 60 : 45 }));
  expect(nearest(slots, "2026-12-01T13:00Z", 45, 2).map(({ startsAt }) => startsAt)).toEqual([starts[0], starts[1]]);
  expect(nearest(slots, "2026-12-01T13:00Z", null, 2).map(({ startsAt }) => startsAt)).toEqual([starts[1], starts[2]]);
  expect(nearest(slots, "2026-12-01T13:00Z", 45, 9).length).toBe(4);
});

test("each date of a series has the slot at the same local time, if it is free", () => {
  const first = { ...slot("2027-03-05T17:00:00-05:00"), timeZone: ZONE };
  const free = { time: "17:00", durationMinutes: 45, endsAt: "", status: "AVAILABLE" as const };
  const day = (date: string, more: object) => ({ date, version: 1, timeSlots: [{ ...free, startsAt: `${date}T21:00:00Z`, ...more }] });
  const days = [
    day("2027-03-05", {}),
    day("2027-03-12", { status: "BOOKED" }),
    day("2027-03-19", { durationMinutes: 60 }),
    day("2027-03-26", { notBookable: "too_soon" }),
    day("2027-04-02", {}),
  ];
  const dates = seriesDates(first, { everyWeeks: 1, count: 6 }, days, NOW);
  expect(dates.map(({ date, slot }) => [date, slot !== undefined])).toEqual([
    ["2027-03-05", true],
    ["2027-03-12", false],
    ["2027-03-19", false],
    ["2027-03-26", false],
    ["2027-04-02", true],
    ["2027-04-09", false],
  ]);
  // The clocks change on 14 March: a taken date has its own instant.
  expect([dates[1], dates[5]].map((date) => date!.startsAt)).toEqual(["2027-03-12T22:00:00.000Z", "2027-04-09T21:00:00.000Z"]);
  expect(lastDateOf("2027-03-05", { everyWeeks: 2, count: 8 })).toBe("2027-06-11");
});
