/**
 * A tutor's edit before it is saved: the days as they were read, and what they are to become.
 *
 * - Each edited day is saved with the version it was read with, so that nobody's edit in between is lost.
 * - A booked slot can't be withdrawn: whatever is done with a day, it stays.
 * - Overlap and midnight are judged on instants, as on the server, which has the last word.
 */

import type { Day, DayToSave, Reason, TimeSlot } from "slotledger-client";
import { endOfDay, exists, spanOf } from "../clock";
import type { Slot } from "../clock";

type Wanted = ReadonlyMap<string, readonly Slot[]>;

export interface Draft {
  /** The tutor's time zone. */
  readonly zone: string;
  /** The days by their date, as they were read last; an edited one as it was when the edit began. */
  readonly read: ReadonlyMap<string, Day>;
  /** The slots that days are to have, in order, where they aren't as read. */
  readonly wanted: Wanted;
  /** Why, as the last step suggests it. */
  readonly reason: Reason;
  /** What was wanted before each step, and why, to step back. */
  readonly steps: readonly Pick<Draft, "wanted" | "reason">[];
}

/** A slot that is shown: as it is, or as it is to become. */
export interface ShownSlot extends Slot {
  state: "free" | "held" | "booked" | "added" | "removed";
}

/** What becomes of a day. */
export interface DayChange {
  date: string;
  added: Slot[];
  removed: Slot[];
}

/** A slot that couldn't be offered, and why. */
export interface LeftOut extends Slot {
  date: string;
  why: string;
}

export const noDraft: Draft = { zone: "UTC", read: new Map(), wanted: new Map(), steps: [], reason: "tutor_edit" };

/** Where a draft is kept while it isn't saved. */
export interface DraftStore {
  get(): Draft | undefined;
  set(draft: Draft): void;
}

/** Most days that one save takes. */
export const MOST_DAYS = 92;

/** Returns the draft after a range of dates was read; days that aren't in the answer have no slots and no version. */
export function withRead(draft: Draft, zone: string, dates: readonly string[], days: readonly Day[]): Draft {
  const told = new Map(days.map((day) => [day.date, day]));
  const read = new Map(draft.read);
  for (const date of dates) {
    const day = told.get(date) ?? { date, version: 0, timeSlots: [] };
    const known = draft.read.get(date);
    // An edited day keeps the version that it was edited on, and an answer that was overtaken says nothing new.
    if (known === undefined || (day.version > known.version && !draft.wanted.has(date))) {
      read.set(date, day);
    } else if (day.version === known.version) {
      read.set(date, { ...day, timeSlots: day.timeSlots.map((slot) => ({ why: whyOf(known, slot), ...slot })) });
    }
  }
  return settled({ ...draft, zone, read, steps: stepsAfter(draft, read) }, draft);
}

/** Returns the draft after days were saved, as they were sent: what was edited since then, still is. */
export function withSaved(draft: Draft, sent: Wanted, days: readonly Day[]): Draft {
  const read = new Map(draft.read);
  const wanted = new Map(draft.wanted);
  for (const day of days) {
    const { date, timeSlots } = day;
    const asRead = draft.read.get(date)?.timeSlots ?? timeSlots;
    const [before, mine] = [sent.get(date) ?? asRead, wanted.get(date) ?? asRead];
    wanted.set(date, together(draft.zone, date, before, mine, timeSlots).fitting);
    read.set(date, day);
  }
  const next = settled({ ...draft, read, wanted, steps: [] });
  return next.wanted.size > 0 ? next : { ...next, reason: noDraft.reason };
}

/** Returns the draft after others edited its days: based on how these stand now, with the slots that were chosen. */
export function rebased(draft: Draft, days: readonly Day[], chosen: Wanted): Draft {
  const read = new Map([...draft.read, ...days.map((day): [string, Day] => [day.date, day])]);
  return settled({ ...draft, read, wanted: new Map([...draft.wanted, ...chosen]), steps: [] });
}

/** Returns the draft without any edit of some days. */
export function without(draft: Draft, dates: readonly string[]): Draft {
  const wanted = new Map([...draft.wanted].filter(([date]) => !dates.includes(date)));
  return { ...draft, wanted, steps: [] };
}

/** Returns what isn't to become of an edit any more, because of a booking: slots that were to be offered, or withdrawn. */
export function lostBetween(before: Draft, after: Draft): LeftOut[] {
  return changesOf(before).flatMap(({ date, added, removed }) => {
    const { leftOut } = fit(after.zone, date, slotsOf(after, date), minus(added, slotsOf(after, date)));
    return [...leftOut, ...stuck(date, removed, after.read.get(date)?.timeSlots ?? [])];
  });
}

/** Returns the slots that a day is to have. */
export function slotsOf(draft: Draft, date: string): readonly Slot[] {
  return draft.wanted.get(date) ?? draft.read.get(date)?.timeSlots ?? [];
}

/** Returns all that is to be seen of a day, what is to be withdrawn included. */
export function shownOn(draft: Draft, date: string): ShownSlot[] {
  const { added, removed } = changeOf(draft, date);
  const kept = (draft.read.get(date)?.timeSlots ?? []).filter((slot) => !has(removed, slot));
  return inOrder([
    ...kept.map((slot): ShownSlot => ({ ...bare(slot), state: stateOf(slot) })),
    ...added.map((slot): ShownSlot => ({ ...slot, state: "added" })),
    ...removed.map((slot): ShownSlot => ({ ...slot, state: "removed" })),
  ]);
}

/** Returns what becomes of the edited days, in order. */
export function changesOf(draft: Draft): DayChange[] {
  return [...draft.wanted.keys()].sort().map((date) => changeOf(draft, date));
}

/** Returns the edited days as they are to be sent. */
export function daysToSave(draft: Draft): DayToSave[] {
  return changesOf(draft).map(({ date }) => ({
    date,
    version: draft.read.get(date)?.version ?? 0,
    timeSlots: slotsOf(draft, date).map(bare),
  }));
}

/** Returns the draft with the slots offered besides; each that can't be is left out. */
export function offer(
  draft: Draft,
  date: string,
  slots: readonly Slot[],
): { draft: Draft; leftOut: LeftOut[] } {
  const { fitting, leftOut } = fit(draft.zone, date, slotsOf(draft, date), slots);
  return { draft: edited(draft, new Map([[date, fitting]])), leftOut };
}

/** Returns the draft with slots withdrawn. */
export function withdraw(draft: Draft, date: string, slots: readonly Slot[]): Draft {
  return edited(draft, new Map([[date, minus(slotsOf(draft, date), slots)]]));
}

/** Returns the draft with the days cleared. */
export function clear(draft: Draft, dates: readonly string[]): Draft {
  return edited(draft, new Map(dates.map((date) => [date, []])), "bulk_clear_future");
}

/** Returns the draft in which days are to have the slots of other days; the pairs are `[from, to]`. */
export function copy(
  draft: Draft,
  pairs: readonly (readonly [string, string])[],
): { draft: Draft; leftOut: LeftOut[] } {
  const copied = pairs.map(([from, to]) => ({ to, ...fit(draft.zone, to, bookedOn(draft, to), slotsOf(draft, from)) }));
  return {
    draft: edited(draft, new Map(copied.map(({ to, fitting }) => [to, fitting])), "copy_week"),
    leftOut: copied.flatMap(({ leftOut }) => leftOut),
  };
}

/** Returns the draft as it was before the last step. */
export function stepBack(draft: Draft): Draft {
  return settled({ ...draft, ...draft.steps.at(-1), steps: draft.steps.slice(0, -1) });
}

/** Returns the draft without any edit. */
export function discarded(draft: Draft): Draft {
  return { ...noDraft, zone: draft.zone, read: draft.read };
}

/** Puts slots beside those that stay, in order: what doesn't fit on the day, or between them, is left out. */
export function fit(
  zone: string,
  date: string,
  staying: readonly Slot[],
  slots: readonly Slot[],
): { fitting: Slot[]; leftOut: LeftOut[] } {
  const fitting: Slot[] = staying.map(bare);
  const leftOut: LeftOut[] = [];
  for (const slot of slots.map(bare)) {
    const [start, end] = spanOf(zone, date, slot);
    const inTheWay = fitting.find((other) => {
      const [from, to] = spanOf(zone, date, other);
      return start < to && from < end;
    });
    if (!exists(zone, date, slot.time)) {
      leftOut.push({ ...slot, date, why: "the clock jumps over that time" });
    } else if (end > endOfDay(zone, date)) {
      leftOut.push({ ...slot, date, why: "it would go on after midnight" });
    } else if (inTheWay === undefined) {
      fitting.push(slot);
    } else if (!isSame(inTheWay, slot)) {
      leftOut.push({ ...slot, date, why: `it would overlap the slot at ${inTheWay.time}` });
    }
  }
  return { fitting: inOrder(fitting), leftOut };
}

/**
 * Brings an edit of a day together with how the day stands now: `before` is what the edit began with. What it withdrew
 * is withdrawn, unless it is booked, and what it offers is offered, where it fits.
 */
export function together(
  zone: string,
  date: string,
  before: readonly Slot[],
  mine: readonly Slot[],
  now: readonly TimeSlot[],
): { fitting: Slot[]; leftOut: LeftOut[] } {
  const removed = minus(before, mine);
  const kept = now.filter((slot) => slot.status === "BOOKED" || !has(removed, slot));
  const { fitting, leftOut } = fit(zone, date, kept, minus(mine, before));
  return { fitting, leftOut: [...leftOut, ...stuck(date, removed, now)] };
}

/** Returns what was to be withdrawn of a day, and can't be. */
function stuck(date: string, removed: readonly Slot[], now: readonly TimeSlot[]): LeftOut[] {
  const booked = now.filter((slot) => slot.status === "BOOKED" && has(removed, slot));
  return booked.map((slot) => ({ ...bare(slot), date, why: "it is booked now, and stays" }));
}

/** Returns the slots that aren't among others. */
export function minus(slots: readonly Slot[], others: readonly Slot[]): Slot[] {
  return slots.filter((slot) => !has(others, slot)).map(bare);
}

/** Whether a slot is among others. */
export function has(slots: readonly Slot[], slot: Slot): boolean {
  return slots.some((other) => isSame(slot, other));
}

function isSame(one: Slot, other: Slot): boolean {
  return one.time === other.time && one.durationMinutes === other.durationMinutes;
}

function edited(draft: Draft, days: Wanted, reason: Reason = draft.reason): Draft {
  const wanted = new Map([...draft.wanted, ...days]);
  const steps = [...draft.steps, { wanted: draft.wanted, reason: draft.reason }];
  const next = settled({ ...draft, wanted, steps, reason }, draft);
  if (isSameEdit(next.wanted, draft.wanted)) {
    return draft; // nothing to step back from
  }
  return next.wanted.size === 0 ? { ...next, reason: noDraft.reason } : next;
}

function isSameEdit(one: Wanted, other: Wanted): boolean {
  const isSameDay = (date: string, slots: readonly Slot[]) =>
    other.has(date) && minus(slots, other.get(date)!).length === 0 && minus(other.get(date)!, slots).length === 0;
  return one.size === other.size && [...one].every(([date, slots]) => slots === other.get(date) || isSameDay(date, slots));
}

/**
 * Sees to it that booked slots stay, and that a day counts as edited only where it isn't as read. Days that stand as in
 * a draft before, which was settled, needn't be looked at again.
 */
function settled(draft: Draft, before?: Draft): Draft {
  const wanted = new Map<string, readonly Slot[]>();
  for (const [date, slots] of draft.wanted) {
    if (before?.wanted.get(date) === slots && before.read.get(date) === draft.read.get(date)) {
      wanted.set(date, slots);
      continue;
    }
    const all = fit(draft.zone, date, bookedOn(draft, date), slots).fitting;
    const read = draft.read.get(date)?.timeSlots ?? [];
    if (all.length !== read.length || minus(all, read).length > 0) {
      wanted.set(date, all);
    }
  }
  return { ...draft, wanted };
}

/** A step back mustn't lead behind what others did meanwhile: on days that they edited, the steps are forgotten. */
function stepsAfter(draft: Draft, read: Draft["read"]): Draft["steps"] {
  const moved = [...read].filter(([date, { version }]) => version !== draft.read.get(date)?.version);
  return draft.steps.map((step) => {
    const wanted = new Map(step.wanted);
    moved.forEach(([date]) => wanted.delete(date));
    return { ...step, wanted };
  });
}

function changeOf(draft: Draft, date: string): DayChange {
  const read = draft.read.get(date)?.timeSlots ?? [];
  const slots = slotsOf(draft, date);
  return {
    date,
    added: minus(slots, read),
    removed: minus(read, slots),
  };
}

function bookedOn(draft: Draft, date: string): Slot[] {
  return (draft.read.get(date)?.timeSlots ?? []).filter((slot) => slot.status === "BOOKED").map(bare);
}

function stateOf(slot: TimeSlot): ShownSlot["state"] {
  return slot.status === "AVAILABLE" ? "free" : slot.why === "held" ? "held" : "booked";
}

/** Why a slot was occupied, as far as that was told before. */
function whyOf(known: Day, slot: TimeSlot): TimeSlot["why"] {
  return slot.status === "BOOKED" ? known.timeSlots.find((other) => isSame(slot, other))?.why : undefined;
}

function bare({ time, durationMinutes }: Slot): Slot {
  return { time, durationMinutes };
}

function inOrder<T extends Slot>(slots: readonly T[]): T[] {
  return [...slots].sort((one, other) => one.time.localeCompare(other.time));
}
