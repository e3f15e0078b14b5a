import type { Day, TimeSlot } from "slotledger-client";
import { expect, test } from "vitest";
import type { ZonedSlot } from "../src/clock";
import {
  EMPTY_DRAFT,
  addSlots,
  dayChanges,
  daysToSave,
  discardEdits,
  lostChanges,
  rebase,
  changeSlot,
  removeSlots,
  slotsOf,
  undoStep,
  visibleSlots,
  withLoadedDays,
  withSavedDays,
  withoutDays,
} from "../src/week/draft";
import {
  clearDays,
  copyDays,
  otherZones,
  repeatSlot,
  resizeSlots,
  shiftToTutorsZone,
  usualLength,
  withUsualSlots,
} from "../src/week/manyDays";
import type { Draft } from "../src/week/draft";
import { zonedDay } from "../src/week/slots";
import type { SlotProblem } from "../src/week/slots";
import { consequenceText, notSavedText, problemLines } from "../src/week/labels";
import { merge } from "../src/week/merge";

const [MONDAY, TUESDAY] = ["2027-03-22", "2027-03-23"];
const ZONE = "Europe/Copenhagen";

/** An instant before the dates of these tests. */
const NOW = Date.parse("2027-03-01T12:00:00Z");

function slot(time: string, durationMinutes = 60, timeZone = ZONE): ZonedSlot {
  return { time, durationMinutes, timeZone };
}

/** A slot as it is in an answer: without a zone if that is the tutor's. */
function loadedSlot(time: string, status: TimeSlot["status"] = "AVAILABLE", why?: TimeSlot["why"]): TimeSlot {
  return { time, durationMinutes: 60, status, why, startsAt: "", endsAt: "" };
}

function day(version: number, ...timeSlots: TimeSlot[]): Day {
  return { date: MONDAY, version, timeSlots };
}

const linesOf = ({ problems }: { problems: readonly SlotProblem[] }) => problemLines(ZONE, problems);
const zoned = (day: Day) => zonedDay(ZONE, day);
const add = (draft: Draft, date: string, slots: ZonedSlot[]) => addSlots(draft, new Map([[date, slots]]));
const remove = (draft: Draft, date: string, slots: ZonedSlot[]) => removeSlots(draft, new Map([[date, slots]]));
const clear = (draft: Draft, dates: string[]) => clearDays(draft, dates, NOW);

const savedMonday = day(3, loadedSlot("09:00"), loadedSlot("10:00", "BOOKED", "held"));
const loaded = withLoadedDays(EMPTY_DRAFT, ZONE, [MONDAY, TUESDAY], [savedMonday]);

test("the visible slots of a day include the added and the removed slots", () => {
  const draft = add(remove(loaded, MONDAY, [slot("09:00")]), MONDAY, [slot("08:00", 45)]).draft;
  expect(visibleSlots(draft, MONDAY)).toEqual([
    { ...slot("08:00", 45), state: "added" },
    { ...slot("09:00"), state: "removed" },
    { ...slot("10:00"), state: "held" },
  ]);
  expect(dayChanges(draft)).toEqual([{ date: MONDAY, added: [slot("08:00", 45)], removed: [slot("09:00")] }]);
});

test("an edited day is saved with the version that it was loaded with, or 0 if it was never edited before", () => {
  const draft = add(add(loaded, TUESDAY, [slot("12:00")]).draft, MONDAY, [slot("12:00")]).draft;
  expect(daysToSave(draft)).toEqual([
    { date: MONDAY, version: 3, timeSlots: [slot("09:00"), slot("10:00"), slot("12:00")] },
    { date: TUESDAY, version: 0, timeSlots: [slot("12:00")] },
  ]);
});

test("a removed slot that is added again leaves no edit", () => {
  const draft = add(remove(loaded, MONDAY, [slot("09:00")]), MONDAY, [slot("09:00")]).draft;
  expect(daysToSave(draft)).toEqual([]);
});

test("a booked slot can't be removed, cleared or overwritten by a copy", () => {
  const edits = [
    remove(loaded, MONDAY, [slot("10:00")]),
    clear(loaded, [MONDAY]),
    copyDays(loaded, [[TUESDAY, MONDAY]]).draft,
  ];
  expect(edits.map((draft) => slotsOf(draft, MONDAY).filter(({ time }) => time === "10:00"))).toEqual(
    edits.map(() => [expect.objectContaining(slot("10:00"))]),
  );
});

test("a removed slot is kept if it is booked when the day is loaded again", () => {
  const draft = remove(loaded, MONDAY, [slot("09:00")]);
  expect(daysToSave(withLoadedDays(draft, ZONE, [MONDAY], [day(3, loadedSlot("09:00", "BOOKED"), loadedSlot("10:00"))]))).toEqual([]);
});

test("a slot that doesn't fit isn't added, and the problem says why", () => {
  const sunday = "2027-03-28";
  expect(add(loaded, MONDAY, [slot("09:30")]).problems).toEqual([
    { ...slot("09:30"), date: MONDAY, cannot: "add", why: { kind: "overlap", other: { ...slot("09:00"), date: MONDAY } } },
  ]);
  expect(linesOf(add(loaded, MONDAY, [slot("09:30")]))).toEqual([
    "Monday 22 March, 09:30 can't be added: it overlaps the slot at 09:00.",
  ]);
  expect(linesOf(add(loaded, sunday, [slot("02:30")]))).toEqual([
    "Sunday 28 March, 02:30 can't be added: the clocks skip that time on that day.",
  ]);
});

test("a slot may begin when another slot ends: if the clocks go forward, an hour from 01:30 ends at 03:30", () => {
  const sunday = "2027-03-28";
  expect(add(loaded, sunday, [slot("01:30"), slot("03:30")]).problems).toEqual([]);
  expect(add(loaded, sunday, [slot("01:30"), slot("03:00")]).problems).toHaveLength(1);
});

test("a copy replaces the slots of a day, but keeps its booked slots", () => {
  const read = withLoadedDays(loaded, ZONE, [TUESDAY], [{ date: TUESDAY, version: 1, timeSlots: [loadedSlot("10:30")] }]);
  const { draft, problems } = copyDays(read, [[TUESDAY, MONDAY]]);
  expect(slotsOf(draft, MONDAY)).toEqual([slot("10:00")]);
  expect(problemLines(ZONE, problems)).toEqual(["Monday 22 March, 10:30 can't be added: it overlaps the slot at 10:00."]);
  expect(draft.reason).toBe("copy_week");
});

test("a day gets the slots of the usual week again; its booked slots stay, and what is over doesn't come back", () => {
  const { draft, problems } = withUsualSlots(loaded, MONDAY, [slot("10:00"), { time: "15:00", durationMinutes: 45 }], NOW);
  expect(slotsOf(draft, MONDAY)).toEqual([slot("10:00"), slot("15:00", 45)]);
  expect(problems).toEqual([]);
  expect(withUsualSlots(loaded, MONDAY, [slot("09:00")], NOW).draft).toBe(loaded);
  expect(withUsualSlots(loaded, MONDAY, [slot("10:30")], NOW).problems).toHaveLength(1);
  expect(withUsualSlots(loaded, TUESDAY, [slot("15:00")], Date.parse("2027-03-23T15:00:00Z")).draft).toBe(loaded);
});

test("undo restores the edits and the reason before the last step", () => {
  const cleared = clear(add(loaded, TUESDAY, [slot("12:00")]).draft, [MONDAY]);
  expect(cleared.reason).toBe("bulk_clear_future");
  const once = undoStep(cleared);
  expect(dayChanges(once)).toEqual([{ date: TUESDAY, added: [slot("12:00")], removed: [] }]);
  expect(once.reason).toBe("tutor_edit");
  expect(dayChanges(undoStep(once))).toEqual([]);
  expect(discardEdits(cleared)).toEqual(loaded);
});

test("an edited day keeps the version that the edit is based on", () => {
  const draft = remove(loaded, MONDAY, [slot("09:00")]);
  const again = withLoadedDays(draft, ZONE, [MONDAY], [day(4, loadedSlot("07:00"))]);
  expect(daysToSave(again)).toEqual([{ date: MONDAY, version: 3, timeSlots: [slot("10:00")] }]);
});

test("an answer that is older than a save is ignored", () => {
  const saved = withSavedDays(remove(loaded, MONDAY, [slot("09:00")]), new Map([[MONDAY, [slot("10:00")]]]), [day(4, loadedSlot("10:00", "BOOKED"))]);
  expect(withLoadedDays(saved, ZONE, [MONDAY], [savedMonday]).loadedDays.get(MONDAY)?.version).toBe(4);
  expect(daysToSave(saved)).toEqual([]);
});

test("after a save, edits that were made during the save are based on the saved days", () => {
  const sent = remove(loaded, MONDAY, [slot("09:00")]);
  const since = add(add(sent, MONDAY, [slot("17:00")]).draft, TUESDAY, [slot("11:00")]).draft;
  const saved = withSavedDays(since, sent.edits, [day(4, loadedSlot("10:00", "BOOKED"))]);
  expect(daysToSave(saved)).toEqual([
    { date: MONDAY, version: 4, timeSlots: [slot("10:00"), slot("17:00")] },
    { date: TUESDAY, version: 0, timeSlots: [slot("11:00")] },
  ]);
  const backAgain = add(sent, MONDAY, [slot("09:00")]).draft;
  expect(daysToSave(withSavedDays(backAgain, sent.edits, [day(4, loadedSlot("10:00", "BOOKED"))]))).toEqual([
    { date: MONDAY, version: 4, timeSlots: [slot("09:00"), slot("10:00")] },
  ]);
});

test("a save clears the undo steps and the reason", () => {
  const cleared = clear(loaded, [MONDAY]);
  const saved = withSavedDays(cleared, cleared.edits, [day(4, loadedSlot("10:00", "BOOKED"))]);
  expect([saved.steps, saved.reason]).toEqual([[], "tutor_edit"]);
});

test("changes that aren't possible any more because of a new booking are removed and reported", () => {
  const draft = add(remove(loaded, MONDAY, [slot("09:00")]), MONDAY, [slot("09:30", 30), slot("12:00")]).draft;
  const after = withLoadedDays(draft, ZONE, [MONDAY], [day(3, loadedSlot("09:00", "BOOKED"), loadedSlot("10:00", "BOOKED"))]);
  expect(problemLines(ZONE, lostChanges(draft, after))).toEqual([
    "Monday 22 March, 09:30 can't be added: it overlaps the slot at 09:00.",
    "Monday 22 March, 09:00 can't be removed: it is booked now.",
  ]);
  expect(dayChanges(after)).toEqual([{ date: MONDAY, added: [slot("12:00")], removed: [] }]);
});

test("undo doesn't overwrite an edit that somebody else has saved", () => {
  const draft = add(add(remove(loaded, MONDAY, [slot("09:00")]), MONDAY, [slot("09:00")]).draft, TUESDAY, [
    slot("12:00"),
  ]).draft;
  const moved = withLoadedDays(draft, ZONE, [MONDAY], [day(4, loadedSlot("09:00"), loadedSlot("16:00"))]);
  expect(dayChanges(undoStep(undoStep(moved)))).toEqual([]);
});

test("the explanation of a booked slot stays after a load without explanations", () => {
  const { why: _, ...plain } = loadedSlot("10:00", "BOOKED");
  const asPlain = withLoadedDays(loaded, ZONE, [MONDAY], [day(3, loadedSlot("09:00"), plain)]);
  expect(visibleSlots(asPlain, MONDAY)[1]?.state).toBe("held");
});

test("a step that changes nothing isn't an undo step", () => {
  const withSlot = add(loaded, TUESDAY, [slot("12:00")]).draft;
  expect(remove(withSlot, TUESDAY, []).steps).toEqual(withSlot.steps);
  expect(add(withSlot, TUESDAY, [slot("12:00")]).draft.steps).toEqual(withSlot.steps);
});

test("the edits of some days can be removed from a draft", () => {
  const draft = add(remove(loaded, MONDAY, [slot("09:00")]), TUESDAY, [slot("12:00")]).draft;
  expect(dayChanges(withoutDays(draft, [MONDAY])).map(({ date }) => date)).toEqual([TUESDAY]);
});

test("two edits of a day can be combined", () => {
  const now = zoned(day(4, loadedSlot("10:00", "BOOKED"), loadedSlot("14:00")));
  const merged = merge(zoned(savedMonday).timeSlots, [slot("09:00"), slot("10:00"), slot("12:00")], now);
  expect(merged).toEqual({
    date: MONDAY,
    theirs: { added: [slot("14:00")], removed: [slot("09:00")] },
    mine: { added: [slot("12:00")], removed: [] },
    choices: {
      both: [slot("10:00"), slot("12:00"), slot("14:00")],
      mine: [slot("09:00"), slot("10:00"), slot("12:00")],
      theirs: [slot("10:00"), slot("14:00")],
    },
    problems: { both: [], mine: [], theirs: [] },
  });
});

test("changes that can't be combined are problems", () => {
  const now = zoned(day(4, loadedSlot("09:00", "BOOKED"), loadedSlot("10:00"), loadedSlot("12:30")));
  const merged = merge(zoned(savedMonday).timeSlots, [slot("10:00"), slot("12:00")], now);
  expect(merged.choices.both).toEqual([slot("09:00"), slot("10:00"), slot("12:30")]);
  expect(problemLines(ZONE, merged.problems.both)).toEqual([
    "Monday 22 March, 12:00 can't be added: it overlaps the slot at 12:30.",
    "Monday 22 March, 09:00 can't be removed: it is booked now.",
  ]);
  expect(merged.choices.mine).toEqual([slot("09:00"), slot("10:00"), slot("12:00")]);
  const overlap = merge(zoned(savedMonday).timeSlots, [slot("09:30", 30)], zoned(day(4, loadedSlot("09:00", "BOOKED"))));
  expect([overlap.choices.mine, overlap.problems.mine.map(({ time }) => time)]).toEqual([[slot("09:00")], ["09:30"]]);
});

test("after a merge, the draft changes the day from its saved slots to the chosen slots", () => {
  const draft = remove(loaded, MONDAY, [slot("09:00")]);
  const now = zoned(day(4, loadedSlot("10:00", "BOOKED"), loadedSlot("14:00")));
  expect(daysToSave(rebase(draft, [now], new Map([[MONDAY, [slot("10:00")]]])))).toEqual([
    { date: MONDAY, version: 4, timeSlots: [slot("10:00")] },
  ]);
  expect(daysToSave(rebase(draft, [now], new Map([[MONDAY, now.timeSlots]])))).toEqual([]);
});

test("slots with different lengths are different slots", () => {
  const draft = add(remove(loaded, MONDAY, [slot("09:00")]), MONDAY, [slot("09:00", 45)]).draft;
  expect(dayChanges(draft)).toEqual([{ date: MONDAY, added: [slot("09:00", 45)], removed: [slot("09:00")] }]);
});

test("the reason is reset when no edit is left; a rebase keeps the reason and removes the undo steps", () => {
  const cleared = clear(loaded, [MONDAY]);
  expect(add(cleared, MONDAY, [slot("09:00")]).draft.reason).toBe("tutor_edit"); // nothing is left to clear
  const now = zoned(day(4, loadedSlot("09:00"), loadedSlot("10:00", "BOOKED")));
  expect(rebase(cleared, [now], new Map([[MONDAY, [slot("10:00")]]])).reason).toBe("bulk_clear_future");
  expect(rebase(cleared, [now], new Map()).steps).toEqual([]);
});

test("a date without a day in the answer has no slots", () => {
  const later = withLoadedDays(withSavedDays(loaded, new Map(), [day(4)]), ZONE, [MONDAY], [day(5)]);
  expect(slotsOf(withLoadedDays(later, ZONE, [TUESDAY], []), TUESDAY)).toEqual([]);
});

test("the bar counts the unsaved changes, and says what they mean for students", () => {
  const removal = { date: TUESDAY, added: [], removed: [slot("09:00")] };
  expect(notSavedText([removal])).toBe("1 change not saved");
  expect(consequenceText([removal])).toBe("Students will see 1 fewer on Tuesday 23 March.");
  const additions = { date: MONDAY, added: [slot("11:00"), slot("12:00")], removed: [] };
  expect(notSavedText([additions, removal])).toBe("3 changes not saved");
  expect(consequenceText([additions, removal])).toBe(
    "Students will see 2 more times on Monday 22 March and 1 fewer on Tuesday 23 March.",
  );
  const third = { date: "2027-03-24", added: [slot("08:00")], removed: [] };
  expect(consequenceText([additions, removal, third])).toBe("Students will see 3 more times and 1 fewer, on 3 days.");
});

const [SUNDAY, WEDNESDAY] = ["2027-03-21", "2027-03-24"];
const TOKYO = "Asia/Tokyo";

test("a slot that is sent back keeps its zone, and so does the slot that another edit leaves", () => {
  const abroad: TimeSlot = { ...loadedSlot("20:00"), timeZone: TOKYO };
  const draft = withLoadedDays(EMPTY_DRAFT, ZONE, [MONDAY], [day(3, loadedSlot("09:00"), abroad)]);
  const edited = add(draft, MONDAY, [slot("15:00")]).draft;
  expect(daysToSave(edited)[0]!.timeSlots).toEqual([slot("09:00"), slot("15:00"), slot("20:00", 60, TOKYO)]);
  expect(visibleSlots(remove(edited, MONDAY, [slot("20:00", 60, TOKYO)]), MONDAY)[2]).toEqual({
    ...slot("20:00", 60, TOKYO),
    state: "removed",
  });
  const moved = withLoadedDays(edited, "America/New_York", [MONDAY], [
    day(3, { ...loadedSlot("09:00"), timeZone: ZONE }, abroad),
  ]);
  expect(dayChanges(moved)).toEqual([{ date: MONDAY, added: [slot("15:00")], removed: [] }]);
});

test("slots with the same time in different zones are different slots, and a date has only one of them", () => {
  expect(linesOf(add(loaded, MONDAY, [slot("09:00", 60, TOKYO)]))).toEqual([
    "Monday 22 March, 09:00 Tokyo time can't be added: that day has a slot at 09:00 (Copenhagen time).",
  ]);
  const replaced = add(remove(loaded, MONDAY, [slot("09:00")]), MONDAY, [slot("09:00", 60, TOKYO)]).draft;
  expect(dayChanges(replaced)).toEqual([
    { date: MONDAY, added: [slot("09:00", 60, TOKYO)], removed: [slot("09:00")] },
  ]);
});

test("a slot may end after midnight, unless it overlaps a slot of the next day", () => {
  const { draft, problems } = add(loaded, MONDAY, [slot("23:30")]);
  expect(problems).toEqual([]);
  expect(linesOf(add(draft, TUESDAY, [slot("00:00")]))).toEqual([
    "Tuesday 23 March, 00:00 can't be added: it overlaps the slot at 23:30 on Monday 22 March.",
  ]);
  expect(add(draft, TUESDAY, [slot("00:30")]).problems).toEqual([]);
});

test("slots of zones far apart overlap although their dates are two days apart", () => {
  const early = add(loaded, SUNDAY, [slot("23:30", 60, "Etc/GMT+12")]).draft; // Monday, 11:30 UTC
  const late = slot("01:00", 60, "Pacific/Kiritimati"); // Monday, 11:00 UTC
  expect(linesOf(add(early, TUESDAY, [late]))).toEqual([
    "Tuesday 23 March, 01:00 Kiritimati time can't be added: it overlaps the slot at 23:30 on Sunday 21 March (GMT+12 time).",
  ]);
});

test("a copied slot over midnight doesn't collide with a slot that the copy replaces", () => {
  const tuesday = { date: TUESDAY, version: 1, timeSlots: [loadedSlot("00:00")] };
  const night = add(withLoadedDays(loaded, ZONE, [SUNDAY, TUESDAY, WEDNESDAY], [tuesday]), SUNDAY, [slot("23:30")]).draft;
  const { draft, problems } = copyDays(night, [
    [SUNDAY, MONDAY],
    [WEDNESDAY, TUESDAY],
  ]);
  expect(problems).toEqual([]);
  expect([slotsOf(draft, MONDAY), slotsOf(draft, TUESDAY)]).toEqual([[slot("10:00"), slot("23:30")], []]);
});

test("a range is cleared by the tutor's calendar: a slot of another zone belongs to the day on which it is drawn", () => {
  const tuesday = { date: TUESDAY, version: 1, timeSlots: [{ ...loadedSlot("03:00"), timeZone: TOKYO }] }; // Monday 19:00
  const draft = clear(withLoadedDays(loaded, ZONE, [TUESDAY], [tuesday]), [MONDAY]);
  expect(dayChanges(draft).map(({ date, removed }) => [date, removed])).toEqual([
    [MONDAY, [slot("09:00")]],
    [TUESDAY, [slot("03:00", 60, TOKYO)]],
  ]);
});

test("after a move, free slots in the future are shifted to the new zone; booked slots stay where they are", () => {
  const NEW_YORK = "America/New_York";
  const there = (slot: TimeSlot): TimeSlot => ({ ...slot, timeZone: ZONE });
  const monday = day(3, there(loadedSlot("03:00")), there(loadedSlot("09:00")), there(loadedSlot("15:30", "BOOKED")));
  const moved = withLoadedDays(EMPTY_DRAFT, NEW_YORK, [MONDAY, TUESDAY], [monday]);
  const before9 = Date.parse("2027-03-22T07:00:00Z");
  expect(otherZones(moved, [MONDAY, TUESDAY], before9)).toEqual([ZONE]);
  expect(otherZones(moved, [TUESDAY], before9)).toEqual([]);
  expect(otherZones(moved, [MONDAY], Date.parse("2027-03-22T08:00:00Z"))).toEqual([]);
  const { draft, problems } = shiftToTutorsZone(moved, ZONE, [MONDAY, TUESDAY], before9);
  expect(dayChanges(draft)).toEqual([{ date: MONDAY, added: [slot("09:00", 60, NEW_YORK)], removed: [slot("09:00")] }]);
  expect([problems, otherZones(draft, [MONDAY], before9)]).toEqual([[], []]);
  expect(dayChanges(undoStep(draft))).toEqual([]);
});

test("a shifted slot that would overlap a booked slot isn't added, and the problem says why", () => {
  const there = (slot: TimeSlot): TimeSlot => ({ ...slot, timeZone: ZONE });
  const monday = day(3, there(loadedSlot("09:00")), there(loadedSlot("14:00", "BOOKED")));
  const moved = withLoadedDays(EMPTY_DRAFT, "America/New_York", [MONDAY], [monday]);
  const { problems } = shiftToTutorsZone(moved, ZONE, [MONDAY], NOW);
  expect(problemLines("America/New_York", problems)).toEqual([
    "Monday 22 March, 09:00 can't be added: it overlaps the slot at 14:00 (Copenhagen time).",
  ]);
});

test("a free slot that can't be booked says why", () => {
  const tooSoon: TimeSlot = { ...loadedSlot("09:00"), notBookable: "too_soon" };
  const draft = withLoadedDays(EMPTY_DRAFT, ZONE, [MONDAY], [day(3, tooSoon)]);
  expect(visibleSlots(draft, MONDAY)).toEqual([{ ...slot("09:00"), state: "free", notBookable: "too_soon" }]);
});

test("a slot is moved and stretched in one step, and stays if there is no room", () => {
  const from = { ...slot("09:00"), date: MONDAY };
  const moved = changeSlot(loaded, from, { ...slot("12:00"), date: TUESDAY });
  expect(dayChanges(moved.draft)).toEqual([
    { date: MONDAY, added: [], removed: [slot("09:00")] },
    { date: TUESDAY, added: [slot("12:00")], removed: [] },
  ]);
  expect(undoStep(moved.draft).edits.size).toBe(0);
  const stretched = changeSlot(loaded, from, { ...slot("09:00", 75), date: MONDAY });
  expect(stretched.draft).toBe(loaded);
  expect(linesOf(stretched)).toEqual(["Monday 22 March, 09:00 can't be added: it overlaps the slot at 10:00."]);
});

test("a booked slot is not moved", () => {
  const booked = { ...slot("10:00"), date: MONDAY };
  expect(dayChanges(changeSlot(loaded, booked, { ...slot("12:00"), date: MONDAY }).draft)).not.toContainEqual(
    expect.objectContaining({ removed: [slot("10:00")] }),
  );
});

test("free slots of one length get another where there is room, in one step", () => {
  const tight = add(loaded, TUESDAY, [slot("09:00"), slot("10:00"), slot("14:00"), slot("16:00", 45)]).draft;
  const { draft, problems } = resizeSlots(tight, [MONDAY, TUESDAY], [60, 75], NOW);
  expect(draft.edits.has(MONDAY)).toBe(false);
  expect(slotsOf(draft, TUESDAY)).toEqual([slot("09:00"), slot("10:00", 75), slot("14:00", 75), slot("16:00", 45)]);
  expect(problemLines(ZONE, problems)).toEqual([
    "Monday 22 March, 09:00 can't have 75 minutes: it overlaps the slot at 10:00.",
    "Tuesday 23 March, 09:00 can't have 75 minutes: it overlaps the slot at 10:00.",
  ]);
  expect(slotsOf(undoStep(draft), TUESDAY)).toEqual(slotsOf(tight, TUESDAY));
  expect(usualLength(tight, [MONDAY, TUESDAY], NOW)).toBe(60);
  expect(usualLength(tight, ["2027-03-24"], NOW)).toBeUndefined();
});

test("a slot is repeated on other dates, where there is room", () => {
  const { draft, problems } = repeatSlot(loaded, slot("09:30"), [MONDAY, TUESDAY]);
  expect(slotsOf(draft, TUESDAY)).toEqual([slot("09:30")]);
  expect(problems.map(({ date, time }) => [date, time])).toEqual([[MONDAY, "09:30"]]);
});
