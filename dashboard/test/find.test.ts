import type { FoundSlot, SlotSearch } from "slotledger-client";
import { expect, test } from "vitest";
import { furtherGoal, nothingRead, readOn } from "../src/find/found";
import type { Found } from "../src/find/found";
import { dayHeading, dayName, moreText, otherDateLabel, resultText, slotLabel } from "../src/find/labels";
import { firstWindow, isDate, nextWindow, queryOf, searchOf } from "../src/find/search";
import type { Search } from "../src/find/search";

const ZONE = "America/New_York";
const NOW = new Date("2026-12-01T17:30:42.5Z"); // Tuesday, 12:30 in New York
const TODAY = "2026-12-01";
const NEXT: Search = { date: null, hour: 0, minutes: null, tags: [] };
const WINDOW = { from: "2026-12-01T17:30:00.000Z", to: "2026-12-31T05:00:00.000Z" };

function slot(startsAt: string, more: Partial<FoundSlot> = {}): FoundSlot {
  const maya = { tutorId: "m", tutorName: "Maya", timeZone: "Europe/Copenhagen" };
  return { ...maya, date: startsAt.slice(0, 10), time: startsAt.slice(11, 16), durationMinutes: 45, startsAt, endsAt: "", ...more };
}

const FIRST = slot("2026-12-01T23:00:00+01:00");
const SECOND = slot("2026-12-03T15:00:00+01:00");

test("a search is the same after it was written to the address", () => {
  const search = { date: "2026-12-04", hour: 16, minutes: 45, tags: ["C & C++", "Deutsch, A1"] };
  expect(searchOf(queryOf(search))).toEqual(search);
  expect(queryOf(NEXT)).toBe("");
  expect(searchOf("")).toEqual(NEXT);
});

test("parts of an address that aren't valid are ignored", () => {
  const dates = ["2026-02-31", "2026-13-01", "2026-12-4", "soon", "3000-01-01", ""];
  expect(dates.map((date) => searchOf(`date=${date}`))).toEqual(Array(6).fill(NEXT));
  const others = ["from=24", "from=-1", "minutes=0", "minutes=721", "minutes=1e2", "tag="];
  expect(others.map(searchOf)).toEqual(Array(6).fill(NEXT));
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
  const search = { minutes: 45, tags: ["maths"] };
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
  expect(slotLabel(FIRST, ZONE)).toBe("17:00 with Maya, 45 minutes");
});

test("only a slot on another date for the tutor has that date", () => {
  expect(otherDateLabel(FIRST, ZONE)).toBeNull();
  expect(otherDateLabel(slot("2026-12-08T00:30:00+09:00", { timeZone: "Asia/Tokyo" }), ZONE)).toBe("Tue 8, 00:30 Tokyo time");
});

test("the result says how much is free, and until when", () => {
  const text = (found: Found, search: Partial<Search> = {}) => resultText(found, { ...NEXT, ...search }, ZONE, TODAY);
  const read = { slots: [FIRST, SECOND], windows: 1, next: nextWindow(WINDOW, ZONE) };
  const half = { ...read, windows: 0, next: { ...WINDOW, cursor: "c" } };
  const none = { ...read, slots: [] };
  expect(text(none)).toBe("Nothing is free until Wednesday 30 December.");
  expect(text(read)).toBe("2 free times until Wednesday 30 December.");
  expect(text(half)).toBe("2 free times, and there are more.");
  const later = "The next free times are below. 2 free times, and there are more.";
  expect(text({ ...half, slots: [SECOND, SECOND] }, { date: "2026-12-02", hour: 8 })).toBe(`Nothing is free on Wednesday 2 December from 08:00. ${later}`);
  expect(text(half, { date: TODAY, hour: 8 })).toBe("2 free times, and there are more.");
  expect([moreText(read), moreText(half)]).toEqual(["Look at the following 30 days", "Show more"]);
});
