import type { Booking, Day, Entry, TimeSlot } from "slotledger-client";
import { expect, test } from "vitest";
import { factsOf, phasesOf } from "../src/why/life";
import { sentenceOf, textOf } from "../src/why/sentence";
import { answerOf, startAround } from "../src/why/useWhy";

const ZONE = "Europe/Copenhagen";
const NOW = Date.parse("2026-11-30T12:00:00Z");
const START = Date.parse("2026-12-24T08:00:00Z"); // 9:00 in Copenhagen
const USERS = { viewer: "support", tutor: "freja", tutorName: "Freja" };

function entry(action: Entry["action"], changedAt: string, more: Partial<Entry> = {}): Entry {
  return {
    ...{ id: changedAt + action, tutorId: "t", date: "2026-12-24", startTime: "09:00", durationMinutes: 60, timeZone: ZONE },
    ...{ action, changedAt, changedBy: "freja", reason: "tutor_edit", notes: null, changeSetId: "c", version: 1, source: "recorded" },
    ...more,
  };
}

function booking(more: Partial<Booking>): Booking {
  return {
    ...{ bookingId: "b", tutorId: "t", tutorName: "Freja", studentId: "maya", studentName: "Maya", date: "2026-12-24" },
    ...{ time: "09:00", durationMinutes: 60, timeZone: ZONE, startsAt: "2026-12-24T08:00:00Z", endsAt: "2026-12-24T09:00:00Z" },
    ...{ status: "CONFIRMED", holdExpiresAt: null, createdAt: "2026-11-22T19:01:00Z", createdBy: "maya", confirmedAt: null },
    ...{ completedAt: null, completedBy: null, releasedAt: null, releasedBy: null, reason: null, movedFrom: null, movedTo: null, seriesId: null },
    ...more,
  } as Booking;
}

const SLOT: TimeSlot = {
  ...{ time: "09:00", durationMinutes: 60, timeZone: ZONE, startsAt: "2026-12-24T08:00:00Z", endsAt: "2026-12-24T09:00:00Z" },
  status: "AVAILABLE",
};
const OFFERED = entry("ADDED", "2026-11-02T09:15:00Z");
const REMOVED = entry("REMOVED", "2026-11-22T19:52:00Z", { notes: "dentist" });
const HELD = { holdExpiresAt: "2026-11-22T19:11:00Z", status: "EXPIRED" } as const;

interface Given {
  entries?: Entry[];
  bookings?: Booking[];
  slot?: Partial<TimeSlot>;
  others?: Day[];
  isComplete?: boolean;
  now?: number;
}

function why({ entries = [], bookings = [], slot, others = [], isComplete = true, now = NOW }: Given) {
  const day: Day = { date: "2026-12-24", version: 3, timeSlots: slot ? [{ ...SLOT, ...slot }] : [] };
  return answerOf({ zone: ZONE, days: [day, ...others], entries, bookings, start: START, isComplete, now });
}

function sentence(given: Given): string {
  const { verdict, facts } = why(given);
  return textOf(sentenceOf(verdict, facts, { zone: ZONE, users: USERS, now: given.now ?? NOW }));
}

const CASES: [name: string, given: Given, sentence: string][] = [
  ["was never offered", {}, "It was never offered."],
  ["has no entries, and entries of its day are missing", { isComplete: false }, "It isn't offered, and the log doesn't say why."],
  ["should be offered by the log, but isn't", { entries: [OFFERED] }, "It isn't offered, and the log doesn't say why."],
  [
    "was removed",
    { entries: [REMOVED, OFFERED] },
    "It isn't offered, because Freja removed it on Sunday 22 November at 20:52, “dentist”.",
  ],
  [
    "was removed today, without a note, by the viewer",
    { entries: [OFFERED, entry("REMOVED", "2026-11-30T11:00:00Z", { changedBy: "support" })] },
    "It isn't offered, because you removed it today at 12:00.",
  ],
  [
    "was removed by somebody of support",
    { entries: [OFFERED, entry("REMOVED", "2026-11-22T19:52:00Z", { changedBy: "anton", reason: "admin_action" })] },
    "It isn't offered, because support removed it on Sunday 22 November at 20:52.",
  ],
  [
    "was removed after a hold had run out",
    { entries: [OFFERED, REMOVED], bookings: [booking(HELD)] },
    "It isn't offered, because Freja removed it on Sunday 22 November at 20:52, “dentist”, 41 minutes after the hold of Maya had run out.",
  ],
  [
    "was removed long after a hold had run out",
    { entries: [OFFERED, REMOVED], bookings: [booking({ ...HELD, createdAt: "2026-11-05T10:00:00Z", holdExpiresAt: "2026-11-05T10:10:00Z" })] },
    "It isn't offered, because Freja removed it on Sunday 22 November at 20:52, “dentist”.",
  ],
  [
    "was offered anew between the hold and the removal",
    { entries: [OFFERED, entry("REMOVED", "2026-11-22T19:20:00Z"), entry("ADDED", "2026-11-22T19:30:00Z"), REMOVED], bookings: [booking(HELD)] },
    "It isn't offered, because Freja removed it on Sunday 22 November at 20:52, “dentist”.",
  ],
  [
    "was withdrawn by an illness that cancelled its lesson",
    {
      entries: [OFFERED, entry("REMOVED", "2026-11-22T19:52:00Z", { reason: "illness" })],
      bookings: [booking({ status: "CANCELLED", releasedAt: "2026-11-22T19:52:00Z", releasedBy: "freja", reason: "ill" })],
    },
    "It isn't offered, because Freja withdrew it for an illness on Sunday 22 November at 20:52, together with the lesson of Maya.",
  ],
  [
    "was removed hours after its lesson was moved",
    {
      entries: [OFFERED, REMOVED],
      bookings: [booking({ status: "CANCELLED", releasedAt: "2026-11-22T15:52:00Z", releasedBy: "maya", movedTo: "b2" })],
    },
    "It isn't offered, because Freja removed it on Sunday 22 November at 20:52, “dentist”, 4 hours after the lesson of Maya was moved away.",
  ],
  [
    "isn't in the usual week any more",
    { entries: [OFFERED, entry("REMOVED", "2026-11-22T19:52:00Z", { reason: "schedule" })] },
    "It isn't offered, because the usual week doesn't have it any more since Sunday 22 November at 20:52.",
  ],
  [
    "was removed by another program",
    { entries: [OFFERED, entry("REMOVED", "2026-11-12T02:00:00Z", { reason: "external", changedBy: null, source: "reconstructed" })] },
    "It isn't offered, because another program removed it at some time before Thursday 12 November at 03:00, when the nightly check found it.",
  ],
  [
    "was removed by an edit whose entries were lost",
    { entries: [OFFERED, entry("REMOVED", "2026-11-22T19:52:00Z", { source: "reconstructed", changedBy: null })] },
    "It isn't offered, because somebody removed it on Sunday 22 November at 20:52 or before; the entries of that edit were lost.",
  ],
  ["is free", { entries: [OFFERED], slot: {} }, "It is free since Monday 2 November at 10:15, when Freja offered it."],
  [
    "was removed and offered again",
    { entries: [OFFERED, REMOVED, entry("ADDED", "2026-11-29T09:00:00Z", { changedBy: "support" })], slot: {} },
    "It is free since Sunday 29 November at 10:00, when you offered it.",
  ],
  [
    "was published with the usual week",
    { entries: [entry("ADDED", "2026-11-21T02:00:00Z", { reason: "schedule", changedBy: null })], slot: {} },
    "It is free since Saturday 21 November at 03:00, when the usual week was published.",
  ],
  [
    "is free after a hold ran out",
    { entries: [OFFERED], bookings: [booking(HELD)], slot: {} },
    "It is free since Sunday 22 November at 20:11, when the hold of Maya ran out.",
  ],
  [
    "is free after its lesson was cancelled",
    { entries: [OFFERED], bookings: [booking({ status: "CANCELLED", releasedAt: "2026-11-23T08:00:00Z" })], slot: {} },
    "It is free since Monday 23 November at 09:00, when the lesson of Maya was cancelled.",
  ],
  [
    "is free after its lesson was moved away",
    { entries: [OFFERED], bookings: [booking({ status: "CANCELLED", releasedAt: "2026-11-23T08:00:00Z", movedTo: "b2" })], slot: {} },
    "It is free since Monday 23 November at 09:00, when the lesson of Maya was moved away.",
  ],
  ["is free, and the log has nothing", { slot: {}, isComplete: false }, "It is free."],
  ["is too soon", { slot: { notBookable: "too_soon" } }, "It is offered, but too soon to be booked now."],
  ["is of an inactive tutor", { slot: { notBookable: "inactive" } }, "It is offered, but nobody can book it, because the tutor isn't active."],
  ["is past", { slot: {}, now: START + 1 }, "It is past, and nobody had booked it."],
  [
    "is held",
    { entries: [OFFERED], bookings: [booking({ status: "AWAITING_PAYMENT", holdExpiresAt: "2026-11-30T12:10:00Z" })], slot: { status: "BOOKED", why: "held" } },
    "It is held for Maya until today at 13:10.",
  ],
  [
    "is booked",
    { entries: [OFFERED], bookings: [booking({})], slot: { status: "BOOKED", why: "booked" } },
    "It is booked by Maya since Sunday 22 November at 20:01.",
  ],
  [
    "is booked by a student without a name, who confirmed a hold",
    {
      bookings: [booking({ studentName: null, holdExpiresAt: "2026-11-22T19:11:00Z", confirmedAt: "2026-11-22T19:05:00Z" })],
      slot: { status: "BOOKED", why: "booked" },
    },
    "It is booked by a student since Sunday 22 November at 20:05.",
  ],
  [
    "was a lesson",
    { bookings: [booking({ status: "COMPLETED", completedAt: "2026-12-24T09:30:00Z" })], slot: { status: "BOOKED", why: "booked" }, now: START + 7200_000 },
    "It was booked by Maya, and is past.",
  ],
];

test.each(CASES)("a sentence says why a slot that %s is as it is", (_, given, text) => {
  expect(sentence(given)).toBe(text);
});

test("each part of the sentence names its evidence", () => {
  const { verdict, facts } = why({ entries: [OFFERED, REMOVED], bookings: [booking(HELD)] });
  const parts = sentenceOf(verdict, facts, { zone: ZONE, users: USERS, now: NOW });
  expect(parts.map(({ fact }) => fact)).toEqual([undefined, 3, 2]);
  expect(facts.map(({ kind }) => kind)).toEqual(["offered", "held", "out", "removed"]);
});

test("the life of a slot has a phase for each state", () => {
  const facts = factsOf(START, [REMOVED, OFFERED], [booking(HELD)]);
  expect(phasesOf(facts).map(({ state }) => state)).toEqual(["free", "held", "free", "gone"]);
  expect(phasesOf(facts, 2).map(({ state, fact }) => [state, fact])).toEqual([
    ["free", 2],
    ["gone", 3],
  ]);
});

test("a hold that is confirmed is booked, and what was said about the lesson afterwards changes nothing", () => {
  const lesson = booking({ holdExpiresAt: "2026-11-22T19:11:00Z", confirmedAt: "2026-11-22T19:05:00Z", status: "NO_SHOW", completedAt: "2026-12-24T09:30:00Z" });
  const facts = factsOf(START, [OFFERED], [lesson]);
  expect(facts.map(({ kind }) => kind)).toEqual(["offered", "held", "confirmed", "no show"]);
  expect(phasesOf(facts).map(({ state }) => state)).toEqual(["free", "held", "booked"]);
});

test("only what happened to the slot of that instant counts", () => {
  const others = [entry("ADDED", "2026-11-02T09:15:00Z", { startTime: "10:00" }), entry("ADDED", "2026-11-02T09:15:00Z", { timeZone: "Asia/Tokyo" })];
  expect(factsOf(START, others, [booking({ startsAt: "2026-12-24T09:00:00Z" })])).toEqual([]);
  const inTokyo = entry("ADDED", "2026-11-02T09:15:00Z", { startTime: "17:00", timeZone: "Asia/Tokyo" });
  expect(factsOf(START, [inTokyo], [])).toHaveLength(1);
});

test("the answer is certain only if the log has every edit with its time", () => {
  const isCertain = (given: Given) => why(given).isCertain;
  const lost = entry("REMOVED", "2026-11-22T19:52:00Z", { source: "reconstructed" });
  const late = entry("REMOVED", "2026-11-22T19:52:00Z", { source: "deferred" });
  expect(isCertain({ entries: [OFFERED, late] })).toBe(true);
  expect(isCertain({ entries: [OFFERED, lost] })).toBe(false);
  expect(isCertain({ entries: [OFFERED, { ...late, reason: "external" }] })).toBe(false);
  expect(isCertain({ entries: [OFFERED, REMOVED], isComplete: false })).toBe(false);
  expect(isCertain({ entries: [OFFERED] })).toBe(false);
  expect(isCertain({})).toBe(true);
});

test("a removed slot can be put back with its length and zone, beside the slots of its day", () => {
  const removed = entry("REMOVED", "2026-11-22T19:52:00Z", { durationMinutes: 45 });
  expect(why({ entries: [removed] }).putBack).toEqual({
    can: true,
    date: "2026-12-24",
    slot: { time: "09:00", durationMinutes: 45, timeZone: ZONE },
    day: { date: "2026-12-24", version: 3, timeSlots: [] },
  });
});

test("a slot can't be put back in the past, or where another one is now", () => {
  expect(why({ entries: [REMOVED], now: START }).putBack).toEqual({ can: false, because: "past" });
  const other = { ...SLOT, time: "17:30", timeZone: "Asia/Tokyo", startsAt: "2026-12-24T08:30:00Z" };
  const others = [{ date: "2026-12-24", version: 1, timeSlots: [other] }];
  expect(why({ entries: [REMOVED], others }).putBack).toEqual({ can: false, because: "overlap", with: other, date: "2026-12-24" });
});

test("a slot that wasn't removed can't be put back", () => {
  expect([why({}), why({ slot: {} }), why({ entries: [OFFERED] })].map(({ putBack }) => putBack)).toEqual([null, null, null]);
});

test("a moment within a slot asks about this slot, one at its start goes before", () => {
  const day: Day = { date: "2026-12-24", version: 3, timeSlots: [SLOT] };
  const half = START + 30 * 60_000;
  expect(startAround(half, ZONE, [day], [])).toBe(START);
  expect(startAround(half, ZONE, [], [REMOVED])).toBe(START);
  expect(startAround(half, ZONE, [day], [entry("REMOVED", "2026-11-22T19:52:00Z", { startTime: "09:30" })])).toBe(half);
  expect(startAround(START - 1, ZONE, [day], [REMOVED])).toBeUndefined();
});
