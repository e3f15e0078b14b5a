/**
 * Drafts. A draft is an unsaved edit: the days as they were loaded, and the slots that the edited days will have.
 *
 * - Each edited day is saved with the version that its edit is based on, so that it can't overwrite an edit of somebody
 *   else.
 * - Booked slots can't be removed: every function of this module keeps them.
 * - Slots mustn't overlap or end after midnight. This module checks instants, by the same rules as the server. The
 *   server checks each save again.
 */

import type { Day, DayToSave, Reason, TimeSlot } from "slotledger-client";
import { endOfDay, exists, spanOf } from "../clock";
import type { Slot } from "../clock";

/** The slots of days, by date. */
type SlotsByDate = ReadonlyMap<string, readonly Slot[]>;

export interface Draft {
  /** The tutor's time zone. */
  readonly zone: string;
  /**
   * The days by date, as they were loaded last. An edited day keeps the version that it had when its edit began: a
   * newer version doesn't replace the day. As long as the version is the same, the bookings of the day are updated.
   */
  readonly loadedDays: ReadonlyMap<string, Day>;
  /** All slots of each edited day, by date and in order. */
  readonly edits: SlotsByDate;
  /**
   * The reason that the review suggests: the reason of the last copy or clear, or `tutor_edit` if there was none. (For
   * admins, the review replaces `tutor_edit` by `admin_action`.)
   */
  readonly reason: Reason;
  /** The edits and the reason as they were before each step, for undo. */
  readonly steps: readonly Pick<Draft, "edits" | "reason">[];
}

/** A slot as the calendar shows it: a saved slot, or a slot that the draft adds or removes. */
export interface VisibleSlot extends Slot {
  state: "free" | "held" | "booked" | "added" | "removed";
}

/** The slots that a draft adds to a day and removes from it. */
export interface DayChange {
  date: string;
  added: Slot[];
  removed: Slot[];
}

/** A slot that can't be added or removed. `message` gives the reason: "can't be added: …". */
export interface SlotProblem extends Slot {
  date: string;
  message: string;
}

export const EMPTY_DRAFT: Draft = {
  zone: "UTC",
  loadedDays: new Map(),
  edits: new Map(),
  steps: [],
  reason: "tutor_edit",
};

/** A store for the draft of a tutor. It keeps the draft while another view is open. */
export interface DraftStore {
  get(): Draft | undefined;
  set(draft: Draft): void;
}

/** The largest number of days that can be saved together. */
export const MAX_DAYS = 92;

/** Return the draft with loaded days. A date without a day in `days` has no slots and version 0. */
export function withLoadedDays(draft: Draft, zone: string, dates: readonly string[], days: readonly Day[]): Draft {
  const dayByDate = new Map(days.map((day) => [day.date, day]));
  const loadedDays = new Map(draft.loadedDays);
  for (const date of dates) {
    const day = dayByDate.get(date) ?? { date, version: 0, timeSlots: [] };
    const previous = draft.loadedDays.get(date);
    // Ignore an older version of a day, because its answer came late. Ignore a newer version of an edited day, because
    // the edit is based on the previous version.
    if (previous === undefined || (day.version > previous.version && !draft.edits.has(date))) {
      loadedDays.set(date, day);
    } else if (day.version === previous.version) {
      const timeSlots = day.timeSlots.map((slot) => ({ why: previousWhy(previous, slot), ...slot }));
      loadedDays.set(date, { ...day, timeSlots });
    }
  }
  return normalize({ ...draft, zone, loadedDays, steps: stepsAfterLoad(draft, loadedDays) }, draft);
}

/**
 * Return the draft after `savedEdits` were saved as `days`. Edits that were made during the save stay in the draft.
 * After a revert, pass an empty map as `savedEdits`.
 */
export function withSavedDays(draft: Draft, savedEdits: SlotsByDate, days: readonly Day[]): Draft {
  const loadedDays = new Map(draft.loadedDays);
  const edits = new Map(draft.edits);
  for (const day of days) {
    const { date, timeSlots } = day;
    const loadedSlots = draft.loadedDays.get(date)?.timeSlots ?? timeSlots;
    const [before, mine] = [savedEdits.get(date) ?? loadedSlots, edits.get(date) ?? loadedSlots];
    edits.set(date, combineEdits(draft.zone, date, before, mine, timeSlots).slots);
    loadedDays.set(date, day);
  }
  const next = normalize({ ...draft, loadedDays, edits, steps: [] });
  return next.edits.size > 0 ? next : { ...next, reason: EMPTY_DRAFT.reason };
}

/** Return the draft based on days that others have saved. It has the slots that the tutor chose for these days. */
export function rebase(draft: Draft, days: readonly Day[], chosenSlots: SlotsByDate): Draft {
  const loadedDays = new Map([...draft.loadedDays, ...days.map((day): [string, Day] => [day.date, day])]);
  return normalize({ ...draft, loadedDays, edits: new Map([...draft.edits, ...chosenSlots]), steps: [] });
}

/** Return the draft without the edits of some days. */
export function withoutDays(draft: Draft, dates: readonly string[]): Draft {
  const edits = new Map([...draft.edits].filter(([date]) => !dates.includes(date)));
  return { ...draft, edits, steps: [] };
}

/** Return the changes of `before` that aren't possible in `after`: added slots overlap, or removed slots are booked. */
export function lostChanges(before: Draft, after: Draft): SlotProblem[] {
  return dayChanges(before).flatMap(({ date, added, removed }) => {
    const slots = slotsOf(after, date);
    const { problems } = fitSlots(after.zone, date, slots, withoutSlots(added, slots));
    return [...problems, ...bookedRemovals(date, removed, after.loadedDays.get(date)?.timeSlots ?? [])];
  });
}

/** Return the slots that a day will have after the save. */
export function slotsOf(draft: Draft, date: string): readonly Slot[] {
  return draft.edits.get(date) ?? draft.loadedDays.get(date)?.timeSlots ?? [];
}

/** Return the slots that the calendar shows on a day, including the slots that will be removed. */
export function visibleSlots(draft: Draft, date: string): VisibleSlot[] {
  const { added, removed } = changeOf(draft, date);
  const unchanged = (draft.loadedDays.get(date)?.timeSlots ?? []).filter((slot) => !includesSlot(removed, slot));
  return inOrder([
    ...unchanged.map((slot): VisibleSlot => ({ ...plainSlot(slot), state: stateOf(slot) })),
    ...added.map((slot): VisibleSlot => ({ ...slot, state: "added" })),
    ...removed.map((slot): VisibleSlot => ({ ...slot, state: "removed" })),
  ]);
}

/** Return the changes of the edited days, by date. */
export function dayChanges(draft: Draft): DayChange[] {
  return [...draft.edits.keys()].sort().map((date) => changeOf(draft, date));
}

/** Return the edited days in the format of `updateDays`. */
export function daysToSave(draft: Draft): DayToSave[] {
  return dayChanges(draft).map(({ date }) => ({
    date,
    version: draft.loadedDays.get(date)?.version ?? 0,
    timeSlots: slotsOf(draft, date).map(plainSlot),
  }));
}

/** Return the draft with slots added to a day, and a problem for each slot that doesn't fit. */
export function addSlots(
  draft: Draft,
  date: string,
  slots: readonly Slot[],
): { draft: Draft; problems: SlotProblem[] } {
  const fit = fitSlots(draft.zone, date, slotsOf(draft, date), slots);
  return { draft: withStep(draft, new Map([[date, fit.slots]])), problems: fit.problems };
}

/** Return the draft with slots removed from a day; booked slots stay. */
export function removeSlots(draft: Draft, date: string, slots: readonly Slot[]): Draft {
  return withStep(draft, new Map([[date, withoutSlots(slotsOf(draft, date), slots)]]));
}

/** Return the draft with all slots of some days removed; booked slots stay. */
export function clearDays(draft: Draft, dates: readonly string[]): Draft {
  return withStep(draft, new Map(dates.map((date) => [date, []])), "bulk_clear_future");
}

/** Return the draft with the slots of `from` copied to `to`, for each pair `[from, to]` of dates; booked slots stay. */
export function copyDays(
  draft: Draft,
  pairs: readonly (readonly [string, string])[],
): { draft: Draft; problems: SlotProblem[] } {
  const copies = pairs.map(([from, to]) => ({
    to,
    ...fitSlots(draft.zone, to, bookedSlots(draft, to), slotsOf(draft, from)),
  }));
  return {
    draft: withStep(draft, new Map(copies.map(({ to, slots }) => [to, slots])), "copy_week"),
    problems: copies.flatMap(({ problems }) => problems),
  };
}

/** Return the draft as it was before the last step. */
export function undoStep(draft: Draft): Draft {
  return normalize({ ...draft, ...draft.steps.at(-1), steps: draft.steps.slice(0, -1) });
}

/** Return the draft without any edits. */
export function discardEdits(draft: Draft): Draft {
  return { ...EMPTY_DRAFT, zone: draft.zone, loadedDays: draft.loadedDays };
}

/**
 * Return a day's existing slots together with the new slots that fit between them, and a problem for each new slot that
 * doesn't fit. Ignore new slots that exist already.
 */
export function fitSlots(
  zone: string,
  date: string,
  existingSlots: readonly Slot[],
  newSlots: readonly Slot[],
): { slots: Slot[]; problems: SlotProblem[] } {
  const slots: Slot[] = existingSlots.map(plainSlot);
  const problems: SlotProblem[] = [];
  for (const slot of newSlots.map(plainSlot)) {
    const [start, end] = spanOf(zone, date, slot);
    const overlapping = slots.find((other) => {
      const [from, to] = spanOf(zone, date, other);
      return start < to && from < end;
    });
    if (!exists(zone, date, slot.time)) {
      problems.push({ ...slot, date, message: "can't be added: the clocks skip that time on that day" });
    } else if (end > endOfDay(zone, date)) {
      problems.push({ ...slot, date, message: "can't be added: it would end after midnight" });
    } else if (overlapping === undefined) {
      slots.push(slot);
    } else if (!isSame(overlapping, slot)) {
      problems.push({ ...slot, date, message: `can't be added: it overlaps the slot at ${overlapping.time}` });
    }
  }
  return { slots: inOrder(slots), problems };
}

/**
 * Combine two edits of a day. The tutor's edit changed `before` to `mine`, and a saved edit changed `before` to `now`.
 * Return the day's slots with the changes of both edits, and a problem for each change of `mine` that isn't possible
 * any more. Booked slots stay.
 */
export function combineEdits(
  zone: string,
  date: string,
  before: readonly Slot[],
  mine: readonly Slot[],
  now: readonly TimeSlot[],
): { slots: Slot[]; problems: SlotProblem[] } {
  const removed = withoutSlots(before, mine);
  const remaining = now.filter((slot) => slot.status === "BOOKED" || !includesSlot(removed, slot));
  const { slots, problems } = fitSlots(zone, date, remaining, withoutSlots(mine, before));
  return { slots, problems: [...problems, ...bookedRemovals(date, removed, now)] };
}

/** Return a problem for each removed slot that is booked now. */
function bookedRemovals(date: string, removed: readonly Slot[], now: readonly TimeSlot[]): SlotProblem[] {
  const booked = now.filter((slot) => slot.status === "BOOKED" && includesSlot(removed, slot));
  return booked.map((slot) => ({ ...plainSlot(slot), date, message: "can't be removed: it is booked now" }));
}

/** Return the slots that aren't in `others`. */
export function withoutSlots(slots: readonly Slot[], others: readonly Slot[]): Slot[] {
  return slots.filter((slot) => !includesSlot(others, slot)).map(plainSlot);
}

/** Return whether a list of slots has a slot with the same time and duration. */
export function includesSlot(slots: readonly Slot[], slot: Slot): boolean {
  return slots.some((other) => isSame(slot, other));
}

function isSame(one: Slot, other: Slot): boolean {
  return one.time === other.time && one.durationMinutes === other.durationMinutes;
}

/** Return the draft after one more step, or the same draft if the step changes nothing. */
function withStep(draft: Draft, changedDays: SlotsByDate, reason: Reason = draft.reason): Draft {
  const edits = new Map([...draft.edits, ...changedDays]);
  const steps = [...draft.steps, { edits: draft.edits, reason: draft.reason }];
  const next = normalize({ ...draft, edits, steps, reason }, draft);
  if (isSameEdit(next.edits, draft.edits)) {
    return draft;
  }
  return next.edits.size === 0 ? { ...next, reason: EMPTY_DRAFT.reason } : next;
}

/** Return whether the edits of two drafts have the same days with the same slots. */
function isSameEdit(one: SlotsByDate, other: SlotsByDate): boolean {
  const isSameDay = (date: string, slots: readonly Slot[]) =>
    other.has(date) &&
    withoutSlots(slots, other.get(date)!).length === 0 &&
    withoutSlots(other.get(date)!, slots).length === 0;
  return one.size === other.size && [...one].every(([date, slots]) => slots === other.get(date) || isSameDay(date, slots));
}

/**
 * Return the draft with the booked slots added to each edited day, without slots that overlap a booked slot, and
 * without edits that change nothing.
 *
 * `before` is an earlier draft that is normalized already. Days that are the same in both drafts aren't normalized
 * again: this saves time in a draft of many days.
 */
function normalize(draft: Draft, before?: Draft): Draft {
  const edits = new Map<string, readonly Slot[]>();
  for (const [date, slots] of draft.edits) {
    if (before?.edits.get(date) === slots && before.loadedDays.get(date) === draft.loadedDays.get(date)) {
      edits.set(date, slots);
      continue;
    }
    const allSlots = fitSlots(draft.zone, date, bookedSlots(draft, date), slots).slots;
    const loadedSlots = draft.loadedDays.get(date)?.timeSlots ?? [];
    if (allSlots.length !== loadedSlots.length || withoutSlots(allSlots, loadedSlots).length > 0) {
      edits.set(date, allSlots);
    }
  }
  return { ...draft, edits };
}

/** Return the undo steps without the days that have a new version: undo must not overwrite the edits of others. */
function stepsAfterLoad(draft: Draft, loadedDays: Draft["loadedDays"]): Draft["steps"] {
  const changedDays = [...loadedDays].filter(([date, day]) => day.version !== draft.loadedDays.get(date)?.version);
  return draft.steps.map((step) => {
    const edits = new Map(step.edits);
    changedDays.forEach(([date]) => edits.delete(date));
    return { ...step, edits };
  });
}

/** Return the slots that the draft adds to a day and removes from it. */
function changeOf(draft: Draft, date: string): DayChange {
  const loadedSlots = draft.loadedDays.get(date)?.timeSlots ?? [];
  const slots = slotsOf(draft, date);
  return {
    date,
    added: withoutSlots(slots, loadedSlots),
    removed: withoutSlots(loadedSlots, slots),
  };
}

function bookedSlots(draft: Draft, date: string): Slot[] {
  return (draft.loadedDays.get(date)?.timeSlots ?? []).filter((slot) => slot.status === "BOOKED").map(plainSlot);
}

function stateOf(slot: TimeSlot): VisibleSlot["state"] {
  return slot.status === "AVAILABLE" ? "free" : slot.why === "held" ? "held" : "booked";
}

/** Return the `why` of a booked slot in the previous answer, because only answers with `explain` have `why`. */
function previousWhy(previous: Day, slot: TimeSlot): TimeSlot["why"] {
  return slot.status === "BOOKED" ? previous.timeSlots.find((other) => isSame(slot, other))?.why : undefined;
}

/** Return a slot with only its time and duration. */
function plainSlot({ time, durationMinutes }: Slot): Slot {
  return { time, durationMinutes };
}

function inOrder<T extends Slot>(slots: readonly T[]): T[] {
  return [...slots].sort((one, other) => one.time.localeCompare(other.time));
}
