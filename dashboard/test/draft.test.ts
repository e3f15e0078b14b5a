import type { Day, TimeSlot } from "slotledger-client";
import { expect, test } from "vitest";
import type { Slot } from "../src/clock";
import {
  changesOf,
  clear,
  copy,
  daysToSave,
  discarded,
  lostBetween,
  noDraft,
  offer,
  rebased,
  shownOn,
  slotsOf,
  stepBack,
  withRead,
  withSaved,
  withdraw,
  without,
} from "../src/week/draft";
import { merge } from "../src/week/merge";

const [MONDAY, TUESDAY] = ["2027-03-22", "2027-03-23"];
const ZONE = "Europe/Copenhagen";

function slot(time: string, durationMinutes = 60): Slot {
  return { time, durationMinutes };
}

function asRead(time: string, status: TimeSlot["status"] = "AVAILABLE", why?: TimeSlot["why"]): TimeSlot {
  return { ...slot(time), status, why, startsAt: "", endsAt: "" };
}

function day(version: number, ...timeSlots: TimeSlot[]): Day {
  return { date: MONDAY, version, timeSlots };
}

const nineAndTen = day(3, asRead("09:00"), asRead("10:00", "BOOKED", "held"));
const before = withRead(noDraft, ZONE, [MONDAY, TUESDAY], [nineAndTen]);

test("what is offered and withdrawn is to be seen beside what stays", () => {
  const draft = offer(withdraw(before, MONDAY, [slot("09:00")]), MONDAY, [slot("08:00", 45)]).draft;
  expect(shownOn(draft, MONDAY)).toEqual([
    { ...slot("08:00", 45), state: "added" },
    { ...slot("09:00"), state: "removed" },
    { ...slot("10:00"), state: "held" },
  ]);
  expect(changesOf(draft)).toEqual([{ date: MONDAY, added: [slot("08:00", 45)], removed: [slot("09:00")] }]);
});

test("an edited day is saved with the version it was read with, and one that was never edited with none before it", () => {
  const draft = offer(offer(before, TUESDAY, [slot("12:00")]).draft, MONDAY, [slot("12:00")]).draft;
  expect(daysToSave(draft)).toEqual([
    { date: MONDAY, version: 3, timeSlots: [slot("09:00"), slot("10:00"), slot("12:00")] },
    { date: TUESDAY, version: 0, timeSlots: [slot("12:00")] },
  ]);
});

test("what is taken back is no edit", () => {
  const draft = offer(withdraw(before, MONDAY, [slot("09:00")]), MONDAY, [slot("09:00")]).draft;
  expect(daysToSave(draft)).toEqual([]);
});

test("a booked slot stays, whatever is done", () => {
  const edits = [
    withdraw(before, MONDAY, [slot("10:00")]),
    clear(before, [MONDAY]),
    copy(before, [[TUESDAY, MONDAY]]).draft,
  ];
  expect(edits.map((draft) => slotsOf(draft, MONDAY).filter(({ time }) => time === "10:00"))).toEqual(
    edits.map(() => [expect.objectContaining(slot("10:00"))]),
  );
});

test("a slot that was withdrawn is kept once it turns out to be booked", () => {
  const draft = withdraw(before, MONDAY, [slot("09:00")]);
  expect(daysToSave(withRead(draft, ZONE, [MONDAY], [day(3, asRead("09:00", "BOOKED"), asRead("10:00"))]))).toEqual([]);
});

test("what doesn't fit is left out, and said", () => {
  const sunday = "2027-03-28";
  expect(offer(before, MONDAY, [slot("09:30"), slot("23:30")]).leftOut).toEqual([
    { ...slot("09:30"), date: MONDAY, why: "it would overlap the slot at 09:00" },
    { ...slot("23:30"), date: MONDAY, why: "it would go on after midnight" },
  ]);
  expect(offer(before, sunday, [slot("02:30")]).leftOut).toEqual([
    { ...slot("02:30"), date: sunday, why: "the clock jumps over that time" },
  ]);
});

test("slots that touch don't overlap, by instants: an hour from half past one ends at half past three in spring", () => {
  const sunday = "2027-03-28";
  expect(offer(before, sunday, [slot("01:30"), slot("03:30")]).leftOut).toEqual([]);
  expect(offer(before, sunday, [slot("01:30"), slot("03:00")]).leftOut).toHaveLength(1);
});

test("a copied day has the slots of the other one, and its own booked ones", () => {
  const read = withRead(before, ZONE, [TUESDAY], [{ date: TUESDAY, version: 1, timeSlots: [asRead("10:30")] }]);
  const { draft, leftOut } = copy(read, [[TUESDAY, MONDAY]]);
  expect(slotsOf(draft, MONDAY)).toEqual([slot("10:00")]);
  expect(leftOut).toEqual([{ ...slot("10:30"), date: MONDAY, why: "it would overlap the slot at 10:00" }]);
  expect(draft.reason).toBe("copy_week");
});

test("steps are taken back one by one, and the reason with the last", () => {
  const cleared = clear(offer(before, TUESDAY, [slot("12:00")]).draft, [MONDAY]);
  expect(cleared.reason).toBe("bulk_clear_future");
  const once = stepBack(cleared);
  expect(changesOf(once)).toEqual([{ date: TUESDAY, added: [slot("12:00")], removed: [] }]);
  expect(once.reason).toBe("tutor_edit");
  expect(changesOf(stepBack(once))).toEqual([]);
  expect(discarded(cleared)).toEqual(before);
});

test("an edited day keeps the version that it was edited on, so that the server refuses what it would overwrite", () => {
  const draft = withdraw(before, MONDAY, [slot("09:00")]);
  const again = withRead(draft, ZONE, [MONDAY], [day(4, asRead("07:00"))]);
  expect(daysToSave(again)).toEqual([{ date: MONDAY, version: 3, timeSlots: [slot("10:00")] }]);
});

test("an answer that was overtaken by a save says nothing new", () => {
  const saved = withSaved(withdraw(before, MONDAY, [slot("09:00")]), new Map([[MONDAY, [slot("10:00")]]]), [day(4, asRead("10:00", "BOOKED"))]);
  expect(withRead(saved, ZONE, [MONDAY], [nineAndTen]).read.get(MONDAY)?.version).toBe(4);
  expect(daysToSave(saved)).toEqual([]);
});

test("what was edited while it was saved is an edit of what was saved", () => {
  const sent = withdraw(before, MONDAY, [slot("09:00")]);
  const since = offer(offer(sent, MONDAY, [slot("17:00")]).draft, TUESDAY, [slot("11:00")]).draft;
  const saved = withSaved(since, sent.wanted, [day(4, asRead("10:00", "BOOKED"))]);
  expect(daysToSave(saved)).toEqual([
    { date: MONDAY, version: 4, timeSlots: [slot("10:00"), slot("17:00")] },
    { date: TUESDAY, version: 0, timeSlots: [slot("11:00")] },
  ]);
  const backAgain = offer(sent, MONDAY, [slot("09:00")]).draft;
  expect(daysToSave(withSaved(backAgain, sent.wanted, [day(4, asRead("10:00", "BOOKED"))]))).toEqual([
    { date: MONDAY, version: 4, timeSlots: [slot("09:00"), slot("10:00")] },
  ]);
});

test("what is saved is done with: there is no step back from it, and the next reason is another one", () => {
  const cleared = clear(before, [MONDAY]);
  const saved = withSaved(cleared, cleared.wanted, [day(4, asRead("10:00", "BOOKED"))]);
  expect([saved.steps, saved.reason]).toEqual([[], "tutor_edit"]);
});

test("what a booking takes the time of is known to be lost", () => {
  const draft = offer(withdraw(before, MONDAY, [slot("09:00")]), MONDAY, [slot("09:30", 30), slot("12:00")]).draft;
  const after = withRead(draft, ZONE, [MONDAY], [day(3, asRead("09:00", "BOOKED"), asRead("10:00", "BOOKED"))]);
  expect(lostBetween(draft, after)).toEqual([
    { ...slot("09:30", 30), date: MONDAY, why: "it would overlap the slot at 09:00" },
    { ...slot("09:00"), date: MONDAY, why: "it is booked now, and stays" },
  ]);
  expect(changesOf(after)).toEqual([{ date: MONDAY, added: [slot("12:00")], removed: [] }]);
});

test("a step back doesn't lead behind what others did meanwhile", () => {
  const draft = offer(offer(withdraw(before, MONDAY, [slot("09:00")]), MONDAY, [slot("09:00")]).draft, TUESDAY, [
    slot("12:00"),
  ]).draft;
  const moved = withRead(draft, ZONE, [MONDAY], [day(4, asRead("09:00"), asRead("16:00"))]);
  expect(changesOf(stepBack(stepBack(moved)))).toEqual([]);
});

test("why a slot is occupied stays known when it is read again without it", () => {
  const { why: _, ...plain } = asRead("10:00", "BOOKED");
  const asPlain = withRead(before, ZONE, [MONDAY], [day(3, asRead("09:00"), plain)]);
  expect(shownOn(asPlain, MONDAY)[1]?.state).toBe("held");
});

test("what changes nothing is no step", () => {
  const offered = offer(before, TUESDAY, [slot("12:00")]).draft;
  expect(withdraw(offered, TUESDAY, []).steps).toEqual(offered.steps);
  expect(offer(offered, TUESDAY, [slot("12:00")]).draft.steps).toEqual(offered.steps);
});

test("days can be left out of an edit", () => {
  const draft = offer(withdraw(before, MONDAY, [slot("09:00")]), TUESDAY, [slot("12:00")]).draft;
  expect(changesOf(without(draft, [MONDAY])).map(({ date }) => date)).toEqual([TUESDAY]);
});

test("of two edits of a day, both are kept", () => {
  const now = day(4, asRead("10:00", "BOOKED"), asRead("14:00"));
  const merged = merge(ZONE, nineAndTen.timeSlots, [slot("09:00"), slot("10:00"), slot("12:00")], now);
  expect(merged).toEqual({
    date: MONDAY,
    theirs: { added: [slot("14:00")], removed: [slot("09:00")] },
    mine: { added: [slot("12:00")], removed: [] },
    ways: {
      both: [slot("10:00"), slot("12:00"), slot("14:00")],
      mine: [slot("09:00"), slot("10:00"), slot("12:00")],
      theirs: [slot("10:00"), slot("14:00")],
    },
    leftOut: { both: [], mine: [], theirs: [] },
  });
});

test("what can't be kept of an edit is said", () => {
  const now = day(4, asRead("09:00", "BOOKED"), asRead("10:00"), asRead("12:30"));
  const merged = merge(ZONE, nineAndTen.timeSlots, [slot("10:00"), slot("12:00")], now);
  expect(merged.ways.both).toEqual([slot("09:00"), slot("10:00"), slot("12:30")]);
  expect(merged.leftOut.both).toEqual([
    { ...slot("12:00"), date: MONDAY, why: "it would overlap the slot at 12:30" },
    { ...slot("09:00"), date: MONDAY, why: "it is booked now, and stays" },
  ]);
  expect(merged.ways.mine).toEqual([slot("09:00"), slot("10:00"), slot("12:00")]);
  const taken = merge(ZONE, nineAndTen.timeSlots, [slot("09:30", 30)], day(4, asRead("09:00", "BOOKED")));
  expect([taken.ways.mine, taken.leftOut.mine.map(({ time }) => time)]).toEqual([[slot("09:00")], ["09:30"]]);
});

test("what was chosen is an edit of the day as it stands now", () => {
  const draft = withdraw(before, MONDAY, [slot("09:00")]);
  const now = day(4, asRead("10:00", "BOOKED"), asRead("14:00"));
  expect(daysToSave(rebased(draft, [now], new Map([[MONDAY, [slot("10:00")]]])))).toEqual([
    { date: MONDAY, version: 4, timeSlots: [slot("10:00")] },
  ]);
  expect(daysToSave(rebased(draft, [now], new Map([[MONDAY, now.timeSlots]])))).toEqual([]);
});

test("a slot of another length is another slot", () => {
  const draft = offer(withdraw(before, MONDAY, [slot("09:00")]), MONDAY, [slot("09:00", 45)]).draft;
  expect(changesOf(draft)).toEqual([{ date: MONDAY, added: [slot("09:00", 45)], removed: [slot("09:00")] }]);
});

test("the reason goes with what it was for", () => {
  const cleared = clear(before, [MONDAY]);
  expect(offer(cleared, MONDAY, [slot("09:00")]).draft.reason).toBe("tutor_edit"); // nothing is left to clear
  const now = day(4, asRead("09:00"), asRead("10:00", "BOOKED"));
  expect(rebased(cleared, [now], new Map([[MONDAY, [slot("10:00")]]])).reason).toBe("bulk_clear_future");
  expect(rebased(cleared, [now], new Map()).steps).toEqual([]);
});

test("a day that isn't told of any more has no slots", () => {
  const later = withRead(withSaved(before, new Map(), [day(4)]), ZONE, [MONDAY], [day(5)]);
  expect(slotsOf(withRead(later, ZONE, [TUESDAY], []), TUESDAY)).toEqual([]);
});
