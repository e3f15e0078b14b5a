import { Forbidden, InternalError, NetworkError, SlotBooked, TimedOut } from "slotledger-client";
import type { Day, Entry, History } from "slotledger-client";
import { expect, test } from "vitest";
import { changesByDate, completeChangeSets, countChanges, joinPages } from "../src/history/changeSets";
import { compareDays, differencesOf, picturesOf } from "../src/history/comparison";
import { instantError, instantsOf, justBefore, localIn } from "../src/history/instants";
import { countsText, mayHaveBeenSaved, revertText } from "../src/reverts";
import { authorName } from "../src/labels";

const AT = "2026-11-23T08:00:00.000007+00:00";
const EARLIER = "2026-11-22T08:00:00+00:00";

function entry(changeSetId: string, startTime: string, more: Partial<Entry> = {}): Entry {
  return {
    id: `${changeSetId} ${startTime}`,
    tutorId: "t",
    date: "2026-12-01",
    startTime,
    durationMinutes: 60,
    action: "ADDED",
    reason: "tutor_edit",
    changedAt: AT,
    changedBy: "u",
    notes: null,
    changeSetId,
    version: 1,
    source: "recorded",
    timeZone: "Europe/Copenhagen",
    ...more,
  };
}

function page(entries: Entry[], nextCursor: string | null, missingVersions = 0): History {
  return Object.assign(entries, { nextCursor, complete: missingVersions === 0, missingVersions });
}

function problem(code: "slot_booked" | "internal_error" | "forbidden") {
  return { type: "", title: "", status: 500, detail: "", code };
}

const timesByChangeSet = (pages: History[]) =>
  completeChangeSets(pages.reduce(joinPages, undefined as never)).map(({ id, changes }) => [id, changes.map(({ time }) => time)]);

test("the entries of a change set are joined, even if an entry of another change set is between them", () => {
  const entries = [entry("a", "09:00"), entry("b", "12:00"), entry("a", "10:00")];
  expect(timesByChangeSet([page(entries, null)])).toEqual([
    ["a", ["09:00", "10:00"]],
    ["b", ["12:00"]],
  ]);
});

test("a change set that may continue on the next page is left out until the next page is loaded", () => {
  const [first, last] = [page([entry("a", "09:00"), entry("b", "10:00", { changedAt: EARLIER })], "more"), page([], null)];
  expect(timesByChangeSet([first])).toEqual([["a", ["09:00"]]]);
  last.push(entry("b", "11:00", { changedAt: EARLIER }));
  expect(timesByChangeSet([first, last])).toEqual([
    ["a", ["09:00"]],
    ["b", ["10:00", "11:00"]],
  ]);
});

test("the last loaded page decides whether the history is complete", () => {
  const { complete, missingVersions } = joinPages(joinPages(undefined, page([], "more")), page([], null, 2));
  expect({ complete, missingVersions }).toEqual({ complete: false, missingVersions: 2 });
});

test("changes are ordered by date and time, and a removal is before an addition at the same time", () => {
  const change = (date: string, time: string, action: Entry["action"]) => ({ date, time, durationMinutes: 60, action });
  const changes = [
    change("2026-12-02", "08:00", "ADDED"),
    change("2026-12-01", "10:00", "ADDED"),
    change("2026-12-01", "09:00", "ADDED"),
    change("2026-12-01", "09:00", "REMOVED"),
  ];
  expect(changesByDate(changes)).toEqual([
    ["2026-12-01", [changes[3], changes[2], changes[1]]],
    ["2026-12-02", [changes[0]]],
  ]);
  expect(countChanges(changes)).toEqual({ added: 3, removed: 1 });
});

function day(date: string, ...slots: [time: string, durationMinutes: number, status: "AVAILABLE" | "BOOKED"][]): Day {
  const timeSlots = slots.map(([time, durationMinutes, status]) => ({
    time,
    durationMinutes,
    status,
    startsAt: "",
    endsAt: "",
  }));
  return { date, version: 1, timeSlots };
}

const differences = (slots: { time: string; difference: string | null }[]) =>
  slots.map(({ time, difference }) => [time, difference]);

test("days are compared slot by slot", () => {
  const then = [day("2026-12-01", ["08:00", 60, "AVAILABLE"], ["09:00", 60, "AVAILABLE"], ["11:00", 60, "AVAILABLE"])];
  const now = [day("2026-12-01", ["08:00", 60, "BOOKED"], ["09:00", 90, "AVAILABLE"], ["11:00", 60, "AVAILABLE"])];
  const [only] = compareDays(then, now);
  expect(differences(only!.then)).toEqual([
    ["08:00", "status"],
    ["09:00", "not offered"],
    ["11:00", null],
  ]);
  expect(differences(only!.now)).toEqual(differences(only!.then));
  expect(only!.isSame).toBe(false);
});

test("all days with a slot then or now are compared, or the given dates", () => {
  const then = [day("2026-12-01"), day("2026-12-03", ["08:00", 60, "AVAILABLE"])];
  const now = [day("2026-12-02", ["08:00", 60, "AVAILABLE"])];
  expect(compareDays(then, now).map(({ date }) => date)).toEqual(["2026-12-02", "2026-12-03"]);
  expect(compareDays(then, now, ["2026-12-01"])).toEqual([{ date: "2026-12-01", then: [], now: [], isSame: true }]);
});

test("what is different is listed by date and time: what it was, and what it is now", () => {
  const then = [day("2026-12-01", ["08:00", 60, "AVAILABLE"], ["09:00", 60, "AVAILABLE"], ["11:00", 60, "BOOKED"])];
  const now = [day("2026-12-01", ["08:00", 60, "BOOKED"], ["10:00", 60, "AVAILABLE"], ["11:00", 60, "AVAILABLE"])];
  const days = compareDays(then, now);
  expect(differencesOf(days, "UTC").map(({ slot, was, is }) => [slot.time, was, is])).toEqual([
    ["08:00", "free", "booked"],
    ["09:00", "free", "gone"],
    ["10:00", "never", "free"],
    ["11:00", "booked", "free"],
  ]);
  const pictures = picturesOf(days, "UTC");
  expect(pictures.then.map(({ time, state, difference }) => [time, state, difference])).toEqual([
    ["08:00", "free", "booked now"],
    ["09:00", "free", "not offered now"],
    ["11:00", "booked", "free now"],
  ]);
  expect(pictures.now.map(({ time, state, difference }) => [time, state, difference])).toEqual([
    ["08:00", "booked", "free then"],
    ["10:00", "free", "not offered then"],
    ["11:00", "free", "booked then"],
    ["09:00", "gone", "offered then"],
  ]);
});

test("the instant just before another is a microsecond earlier", () => {
  expect(justBefore(AT)).toBe("2026-11-23T08:00:00.000006Z");
});

test("a local time has one instant, two or none", () => {
  expect(instantsOf("2026-11-23T14:03", "Europe/Copenhagen")).toEqual(["2026-11-23T13:03:00Z"]);
  expect(instantsOf("2026-10-25T02:30:15", "Europe/Copenhagen")).toEqual([
    "2026-10-25T00:30:15Z",
    "2026-10-25T01:30:15Z",
  ]);
  expect(instantsOf("2026-03-29T02:30", "Europe/Copenhagen")).toEqual([]);
  expect(instantsOf("12026-03-29T02:30", "Europe/Copenhagen")).toEqual([]);
});

test("the value of the field for an instant is the tutor's local time in full seconds", () => {
  expect(localIn("Asia/Kathmandu", new Date("2026-11-23T20:00:00.250Z"))).toBe("2026-11-24T01:45:00");
});

test("an instant that can't be looked back to has an error message", () => {
  const now = new Date("2026-11-23T09:00:00Z");
  expect(instantError(AT, now)).toBeNull();
  expect(instantError("2026-11-23T10:00:00Z", now)).toContain("in the future");
  expect(instantError(undefined, now)).toContain("didn't exist");
  expect(instantError("1999-12-31T23:00:00Z", now)).toContain("before 2000");
});

test("the name of an edit's author is you, the tutor, support, a user id or unknown", () => {
  const id = "12345678-0000-4000-8000-000000000001";
  expect(authorName(null, { viewer: "me", tutor: "me" })).toBe("unknown");
  expect(authorName("me", { viewer: "me", tutor: "me" })).toBe("you");
  expect(authorName(id, { viewer: "me", tutor: "me" })).toBe("support");
  expect(authorName(id, { viewer: "me", tutor: id })).toBe("the tutor");
  expect(authorName(id, { viewer: "me", tutor: id, tutorName: "Freja" })).toBe("Freja");
  expect(authorName(id, { viewer: "me", tutor: null })).toBe(`user …${id.slice(-8)}`);
});

test("the text of counts leaves out zeros", () => {
  expect(countsText({ added: 2, removed: 1 })).toBe("2 added, 1 removed");
  expect(countsText({ added: 0, removed: 1 })).toBe("1 removed");
});

test("the text about a revert has the counts, and says if the history shows the revert later", () => {
  const changes = { added: 1, removed: 0 };
  expect(revertText({ changes, audit: "recorded" })).toBe("Undone: 1 added.");
  expect(revertText({ changes, audit: "deferred" })).toContain("the history shows it in a few minutes");
  expect(revertText({ changes: { added: 0, removed: 0 }, audit: "none" })).toBe("There was nothing left to undo.");
});

test("an edit without an answer may have been saved; a rejected edit wasn't saved", () => {
  const uncertain = [new NetworkError("gone"), new TimedOut(1), new InternalError(problem("internal_error"), null)];
  expect(uncertain.map(mayHaveBeenSaved)).toEqual([true, true, true]);
  const rejections = [new SlotBooked(problem("slot_booked"), null), new Forbidden(problem("forbidden"), null)];
  expect(rejections.map(mayHaveBeenSaved)).toEqual([false, false]);
});
