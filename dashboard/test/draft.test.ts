import type { Day, TimeSlot } from "slotledger-client";
import { expect, test } from "vitest";
import type { Slot } from "../src/clock";
import {
  EMPTY_DRAFT,
  addSlots,
  clearDays,
  copyDays,
  dayChanges,
  daysToSave,
  discardEdits,
  lostChanges,
  rebase,
  removeSlots,
  slotsOf,
  undoStep,
  visibleSlots,
  withLoadedDays,
  withSavedDays,
  withoutDays,
} from "../src/week/draft";
import { problemLines, unsavedText } from "../src/week/labels";
import { merge } from "../src/week/merge";

const [MONDAY, TUESDAY] = ["2027-03-22", "2027-03-23"];
const ZONE = "Europe/Copenhagen";

function slot(time: string, durationMinutes = 60): Slot {
  return { time, durationMinutes };
}

function loadedSlot(time: string, status: TimeSlot["status"] = "AVAILABLE", why?: TimeSlot["why"]): TimeSlot {
  return { ...slot(time), status, why, startsAt: "", endsAt: "" };
}

function day(version: number, ...timeSlots: TimeSlot[]): Day {
  return { date: MONDAY, version, timeSlots };
}

const savedMonday = day(3, loadedSlot("09:00"), loadedSlot("10:00", "BOOKED", "held"));
const loaded = withLoadedDays(EMPTY_DRAFT, ZONE, [MONDAY, TUESDAY], [savedMonday]);

test("the visible slots of a day include the added and the removed slots", () => {
  const draft = addSlots(removeSlots(loaded, MONDAY, [slot("09:00")]), MONDAY, [slot("08:00", 45)]).draft;
  expect(visibleSlots(draft, MONDAY)).toEqual([
    { ...slot("08:00", 45), state: "added" },
    { ...slot("09:00"), state: "removed" },
    { ...slot("10:00"), state: "held" },
  ]);
  expect(dayChanges(draft)).toEqual([{ date: MONDAY, added: [slot("08:00", 45)], removed: [slot("09:00")] }]);
});

test("an edited day is saved with the version that it was loaded with, or 0 if it was never edited before", () => {
  const draft = addSlots(addSlots(loaded, TUESDAY, [slot("12:00")]).draft, MONDAY, [slot("12:00")]).draft;
  expect(daysToSave(draft)).toEqual([
    { date: MONDAY, version: 3, timeSlots: [slot("09:00"), slot("10:00"), slot("12:00")] },
    { date: TUESDAY, version: 0, timeSlots: [slot("12:00")] },
  ]);
});

test("a removed slot that is added again leaves no edit", () => {
  const draft = addSlots(removeSlots(loaded, MONDAY, [slot("09:00")]), MONDAY, [slot("09:00")]).draft;
  expect(daysToSave(draft)).toEqual([]);
});

test("a booked slot can't be removed, cleared or overwritten by a copy", () => {
  const edits = [
    removeSlots(loaded, MONDAY, [slot("10:00")]),
    clearDays(loaded, [MONDAY]),
    copyDays(loaded, [[TUESDAY, MONDAY]]).draft,
  ];
  expect(edits.map((draft) => slotsOf(draft, MONDAY).filter(({ time }) => time === "10:00"))).toEqual(
    edits.map(() => [expect.objectContaining(slot("10:00"))]),
  );
});

test("a removed slot is kept if it is booked when the day is loaded again", () => {
  const draft = removeSlots(loaded, MONDAY, [slot("09:00")]);
  expect(daysToSave(withLoadedDays(draft, ZONE, [MONDAY], [day(3, loadedSlot("09:00", "BOOKED"), loadedSlot("10:00"))]))).toEqual([]);
});

test("a slot that doesn't fit isn't added, and the problem says why", () => {
  const sunday = "2027-03-28";
  expect(addSlots(loaded, MONDAY, [slot("09:30"), slot("23:30")]).problems).toEqual([
    { ...slot("09:30"), date: MONDAY, message: "can't be added: it overlaps the slot at 09:00" },
    { ...slot("23:30"), date: MONDAY, message: "can't be added: it would end after midnight" },
  ]);
  expect(addSlots(loaded, sunday, [slot("02:30")]).problems).toEqual([
    { ...slot("02:30"), date: sunday, message: "can't be added: the clocks skip that time on that day" },
  ]);
});

test("a slot may begin when another slot ends: if the clocks go forward, an hour from 01:30 ends at 03:30", () => {
  const sunday = "2027-03-28";
  expect(addSlots(loaded, sunday, [slot("01:30"), slot("03:30")]).problems).toEqual([]);
  expect(addSlots(loaded, sunday, [slot("01:30"), slot("03:00")]).problems).toHaveLength(1);
});

test("a copy replaces the slots of a day, but keeps its booked slots", () => {
  const read = withLoadedDays(loaded, ZONE, [TUESDAY], [{ date: TUESDAY, version: 1, timeSlots: [loadedSlot("10:30")] }]);
  const { draft, problems } = copyDays(read, [[TUESDAY, MONDAY]]);
  expect(slotsOf(draft, MONDAY)).toEqual([slot("10:00")]);
  expect(problems).toEqual([{ ...slot("10:30"), date: MONDAY, message: "can't be added: it overlaps the slot at 10:00" }]);
  expect(draft.reason).toBe("copy_week");
});

test("undo restores the edits and the reason before the last step", () => {
  const cleared = clearDays(addSlots(loaded, TUESDAY, [slot("12:00")]).draft, [MONDAY]);
  expect(cleared.reason).toBe("bulk_clear_future");
  const once = undoStep(cleared);
  expect(dayChanges(once)).toEqual([{ date: TUESDAY, added: [slot("12:00")], removed: [] }]);
  expect(once.reason).toBe("tutor_edit");
  expect(dayChanges(undoStep(once))).toEqual([]);
  expect(discardEdits(cleared)).toEqual(loaded);
});

test("an edited day keeps the version that the edit is based on", () => {
  const draft = removeSlots(loaded, MONDAY, [slot("09:00")]);
  const again = withLoadedDays(draft, ZONE, [MONDAY], [day(4, loadedSlot("07:00"))]);
  expect(daysToSave(again)).toEqual([{ date: MONDAY, version: 3, timeSlots: [slot("10:00")] }]);
});

test("an answer that is older than a save is ignored", () => {
  const saved = withSavedDays(removeSlots(loaded, MONDAY, [slot("09:00")]), new Map([[MONDAY, [slot("10:00")]]]), [day(4, loadedSlot("10:00", "BOOKED"))]);
  expect(withLoadedDays(saved, ZONE, [MONDAY], [savedMonday]).loadedDays.get(MONDAY)?.version).toBe(4);
  expect(daysToSave(saved)).toEqual([]);
});

test("after a save, edits that were made during the save are based on the saved days", () => {
  const sent = removeSlots(loaded, MONDAY, [slot("09:00")]);
  const since = addSlots(addSlots(sent, MONDAY, [slot("17:00")]).draft, TUESDAY, [slot("11:00")]).draft;
  const saved = withSavedDays(since, sent.edits, [day(4, loadedSlot("10:00", "BOOKED"))]);
  expect(daysToSave(saved)).toEqual([
    { date: MONDAY, version: 4, timeSlots: [slot("10:00"), slot("17:00")] },
    { date: TUESDAY, version: 0, timeSlots: [slot("11:00")] },
  ]);
  const backAgain = addSlots(sent, MONDAY, [slot("09:00")]).draft;
  expect(daysToSave(withSavedDays(backAgain, sent.edits, [day(4, loadedSlot("10:00", "BOOKED"))]))).toEqual([
    { date: MONDAY, version: 4, timeSlots: [slot("09:00"), slot("10:00")] },
  ]);
});

test("a save clears the undo steps and the reason", () => {
  const cleared = clearDays(loaded, [MONDAY]);
  const saved = withSavedDays(cleared, cleared.edits, [day(4, loadedSlot("10:00", "BOOKED"))]);
  expect([saved.steps, saved.reason]).toEqual([[], "tutor_edit"]);
});

test("changes that aren't possible any more because of a new booking are removed and reported", () => {
  const draft = addSlots(removeSlots(loaded, MONDAY, [slot("09:00")]), MONDAY, [slot("09:30", 30), slot("12:00")]).draft;
  const after = withLoadedDays(draft, ZONE, [MONDAY], [day(3, loadedSlot("09:00", "BOOKED"), loadedSlot("10:00", "BOOKED"))]);
  expect(lostChanges(draft, after)).toEqual([
    { ...slot("09:30", 30), date: MONDAY, message: "can't be added: it overlaps the slot at 09:00" },
    { ...slot("09:00"), date: MONDAY, message: "can't be removed: it is booked now" },
  ]);
  expect(dayChanges(after)).toEqual([{ date: MONDAY, added: [slot("12:00")], removed: [] }]);
});

test("undo doesn't overwrite an edit that somebody else has saved", () => {
  const draft = addSlots(addSlots(removeSlots(loaded, MONDAY, [slot("09:00")]), MONDAY, [slot("09:00")]).draft, TUESDAY, [
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
  const withSlot = addSlots(loaded, TUESDAY, [slot("12:00")]).draft;
  expect(removeSlots(withSlot, TUESDAY, []).steps).toEqual(withSlot.steps);
  expect(addSlots(withSlot, TUESDAY, [slot("12:00")]).draft.steps).toEqual(withSlot.steps);
});

test("the edits of some days can be removed from a draft", () => {
  const draft = addSlots(removeSlots(loaded, MONDAY, [slot("09:00")]), TUESDAY, [slot("12:00")]).draft;
  expect(dayChanges(withoutDays(draft, [MONDAY])).map(({ date }) => date)).toEqual([TUESDAY]);
});

test("two edits of a day can be combined", () => {
  const now = day(4, loadedSlot("10:00", "BOOKED"), loadedSlot("14:00"));
  const merged = merge(ZONE, savedMonday.timeSlots, [slot("09:00"), slot("10:00"), slot("12:00")], now);
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
  const now = day(4, loadedSlot("09:00", "BOOKED"), loadedSlot("10:00"), loadedSlot("12:30"));
  const merged = merge(ZONE, savedMonday.timeSlots, [slot("10:00"), slot("12:00")], now);
  expect(merged.choices.both).toEqual([slot("09:00"), slot("10:00"), slot("12:30")]);
  expect(merged.problems.both).toEqual([
    { ...slot("12:00"), date: MONDAY, message: "can't be added: it overlaps the slot at 12:30" },
    { ...slot("09:00"), date: MONDAY, message: "can't be removed: it is booked now" },
  ]);
  expect(merged.choices.mine).toEqual([slot("09:00"), slot("10:00"), slot("12:00")]);
  const overlap = merge(ZONE, savedMonday.timeSlots, [slot("09:30", 30)], day(4, loadedSlot("09:00", "BOOKED")));
  expect([overlap.choices.mine, overlap.problems.mine.map(({ time }) => time)]).toEqual([[slot("09:00")], ["09:30"]]);
});

test("after a merge, the draft changes the day from its saved slots to the chosen slots", () => {
  const draft = removeSlots(loaded, MONDAY, [slot("09:00")]);
  const now = day(4, loadedSlot("10:00", "BOOKED"), loadedSlot("14:00"));
  expect(daysToSave(rebase(draft, [now], new Map([[MONDAY, [slot("10:00")]]])))).toEqual([
    { date: MONDAY, version: 4, timeSlots: [slot("10:00")] },
  ]);
  expect(daysToSave(rebase(draft, [now], new Map([[MONDAY, now.timeSlots]])))).toEqual([]);
});

test("slots with different lengths are different slots", () => {
  const draft = addSlots(removeSlots(loaded, MONDAY, [slot("09:00")]), MONDAY, [slot("09:00", 45)]).draft;
  expect(dayChanges(draft)).toEqual([{ date: MONDAY, added: [slot("09:00", 45)], removed: [slot("09:00")] }]);
});

test("the reason is reset when no edit is left; a rebase keeps the reason and removes the undo steps", () => {
  const cleared = clearDays(loaded, [MONDAY]);
  expect(addSlots(cleared, MONDAY, [slot("09:00")]).draft.reason).toBe("tutor_edit"); // nothing is left to clear
  const now = day(4, loadedSlot("09:00"), loadedSlot("10:00", "BOOKED"));
  expect(rebase(cleared, [now], new Map([[MONDAY, [slot("10:00")]]])).reason).toBe("bulk_clear_future");
  expect(rebase(cleared, [now], new Map()).steps).toEqual([]);
});

test("a date without a day in the answer has no slots", () => {
  const later = withLoadedDays(withSavedDays(loaded, new Map(), [day(4)]), ZONE, [MONDAY], [day(5)]);
  expect(slotsOf(withLoadedDays(later, ZONE, [TUESDAY], []), TUESDAY)).toEqual([]);
});

test("the bar counts the unsaved changes, and says that new slots can't be booked yet", () => {
  expect(unsavedText([])).toBe("No changes to save.");
  const removal = { date: TUESDAY, added: [], removed: [slot("09:00")] };
  expect(unsavedText([removal])).toBe("1 change not saved: 0 to add, 1 to remove, on 1 day.");
  const additions = { date: MONDAY, added: [slot("11:00"), slot("12:00")], removed: [] };
  expect(unsavedText([additions, removal])).toBe(
    "3 changes not saved: 2 to add, 1 to remove, on 2 days. Nobody can book the new slots yet.",
  );
});

test("the line of a problem is a sentence with the slot's day and time", () => {
  const problem = { ...slot("09:00"), date: MONDAY, message: "can't be removed: it is booked now" };
  expect(problemLines([problem])).toEqual(["Monday 22 March, 09:00 can't be removed: it is booked now."]);
});
