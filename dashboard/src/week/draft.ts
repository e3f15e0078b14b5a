/**
 * Drafts. A draft is an unsaved edit: the days as they were loaded, and the slots that the edited days will have.
 *
 * - Each edited day is saved with the version that its edit is based on, so that it can't overwrite an edit of somebody
 *   else.
 * - Booked slots can't be removed: every function of this module keeps them.
 * - Each slot states its zone, and is sent back with it. A slot belongs to the date of its start in its own zone.
 * - Slots mustn't overlap, also across dates and zones (`slots.ts`).
 */

import type { Day, DayToSave, EditReason, TimeSlot } from "slotledger-client";
import { MAX_DATES_APART, dateAt, spanOf } from "../clock";
import type { ZonedSlot } from "../clock";
import { addDays } from "../time";
import type { DraftKind, Drafts } from "../useDrafts";
import {
  bookedRemovals,
  combineEdits,
  fitSlots,
  inOrder,
  includesSlot,
  isSame,
  plainSlot,
  withoutSlots,
  zonedDay,
} from "./slots";
import type { DatedSlot, LoadedDay, SlotProblem } from "./slots";

/** The slots of days, by date. */
export type SlotsByDate = ReadonlyMap<string, readonly ZonedSlot[]>;

export interface Draft {
  /** The tutor's time zone: the zone of the calendar, and of new slots. */
  readonly zone: string;
  /**
   * The days by date, as they were loaded last. An edited day keeps the version that it had when its edit began: a
   * newer version doesn't replace the day. As long as the version is the same, the bookings of the day are updated.
   */
  readonly loadedDays: ReadonlyMap<string, LoadedDay>;
  /** All slots of each edited day, by date and in order. */
  readonly edits: SlotsByDate;
  /**
   * The reason that the review suggests: the reason of the last copy or clear, or `tutor_edit` if there was none. (For
   * admins, the review replaces `tutor_edit` by `admin_action`.)
   */
  readonly reason: EditReason;
  /** The edits and the reason as they were before each step, for undo. */
  readonly steps: readonly Pick<Draft, "edits" | "reason">[];
}

/** A slot as the calendar shows it: a saved slot, or a slot that the draft adds or removes. */
export interface VisibleSlot extends ZonedSlot {
  state: "free" | "held" | "booked" | "added" | "removed";
  /** Why nobody can book this free slot now. */
  notBookable?: TimeSlot["notBookable"];
}

/** The slots that a draft adds to a day and removes from it. */
export interface DayChange {
  date: string;
  added: ZonedSlot[];
  removed: ZonedSlot[];
}

/** A draft after an edit, and a problem for each slot that didn't fit. */
export interface Edited {
  draft: Draft;
  problems: SlotProblem[];
}

export const EMPTY_DRAFT: Draft = {
  zone: "UTC",
  loadedDays: new Map(),
  edits: new Map(),
  steps: [],
  reason: "tutor_edit",
};

export type DraftStore = Drafts<Draft>;

/** How drafts are kept: the edited days, as they were loaded and as they will be. Undo begins anew. */
export const WEEK_DRAFTS: DraftKind<Draft> = {
  name: "week",
  isUnsaved: (draft) => draft !== undefined && draft.edits.size > 0,
  serialize: ({ zone, reason, edits, loadedDays }) =>
    JSON.stringify({ zone, reason, edits: [...edits], days: [...loadedDays].filter(([date]) => edits.has(date)) }),
  parse(text) {
    const { zone, reason, edits, days } = JSON.parse(text);
    return normalize({ zone, reason, edits: new Map(edits), loadedDays: new Map(days), steps: [] });
  },
};

/** The largest number of days that can be saved together. */
export const MAX_DAYS = 92;

/** Return the draft with loaded days. A date without a day in `days` has no slots and version 0. */
export function withLoadedDays(draft: Draft, zone: string, dates: readonly string[], days: readonly Day[]): Draft {
  const dayByDate = new Map(days.map((day) => [day.date, zonedDay(zone, day)]));
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
  for (const day of days.map((day) => zonedDay(draft.zone, day))) {
    const { date, timeSlots } = day;
    const loadedSlots = draft.loadedDays.get(date)?.timeSlots ?? timeSlots;
    const [before, mine] = [savedEdits.get(date) ?? loadedSlots, edits.get(date) ?? loadedSlots];
    edits.set(date, combineEdits(date, before, mine, timeSlots).slots);
    loadedDays.set(date, day);
  }
  const next = normalize({ ...draft, loadedDays, edits, steps: [] });
  return next.edits.size > 0 ? next : { ...next, reason: EMPTY_DRAFT.reason };
}

/** Return the draft based on days that others have saved. It has the slots that the tutor chose for these days. */
export function rebase(draft: Draft, days: readonly LoadedDay[], chosenSlots: SlotsByDate): Draft {
  const loadedDays = new Map([...draft.loadedDays, ...days.map((day): [string, LoadedDay] => [day.date, day])]);
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
    const { problems } = fitSlots(date, slots, withoutSlots(added, slots), neighbours(after, date));
    return [...problems, ...bookedRemovals(date, removed, after.loadedDays.get(date)?.timeSlots ?? [])];
  });
}

/** Return the slots that a day will have after the save. */
export function slotsOf(draft: Draft, date: string): readonly ZonedSlot[] {
  return draft.edits.get(date) ?? draft.loadedDays.get(date)?.timeSlots ?? [];
}

/** Return the slots that the calendar shows on a day, including the slots that will be removed. */
export function visibleSlots(draft: Draft, date: string): VisibleSlot[] {
  const { added, removed } = changeOf(draft, date);
  const unchanged = (draft.loadedDays.get(date)?.timeSlots ?? []).filter((slot) => !includesSlot(removed, slot));
  return inOrder([
    ...unchanged.map((slot): VisibleSlot => {
      const { notBookable } = slot;
      return { ...plainSlot(slot), state: stateOf(slot), ...(notBookable && { notBookable }) };
    }),
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

/** Return the draft with slots added, in one step, and a problem for each slot that doesn't fit. */
export function addSlots(draft: Draft, additions: SlotsByDate): Edited {
  return replaceSlots(draft, new Map(), additions, draft.reason);
}

/** Return the draft with slots removed, in one step; booked slots stay. */
export function removeSlots(draft: Draft, removals: SlotsByDate, reason: EditReason = draft.reason): Draft {
  return withStep(draft, withoutRemoved(draft, removals), reason);
}

/**
 * Return the draft with a slot at another time, with another length or in another zone. If that doesn't fit, return the
 * same draft, with the problem.
 */
export function changeSlot(draft: Draft, from: DatedSlot, to: DatedSlot): Edited {
  const result = replaceSlots(draft, new Map([[from.date, [from]]]), new Map([[to.date, [to]]]), draft.reason);
  return result.problems.length > 0 ? { ...result, draft } : result;
}

/** Return the draft with slots removed and other slots added, in one step; booked slots stay. */
export function replaceSlots(
  draft: Draft,
  removals: SlotsByDate,
  additions: SlotsByDate,
  reason: EditReason,
): Edited {
  // First remove all slots, because an added slot may overlap a slot of another date that is removed.
  let next: Draft = { ...draft, edits: new Map([...draft.edits, ...withoutRemoved(draft, removals)]) };
  const problems: SlotProblem[] = [];
  for (const [date, slots] of additions) {
    const fit = fitSlots(date, slotsOf(next, date), slots, neighbours(next, date));
    next = { ...next, edits: new Map([...next.edits, [date, fit.slots]]) };
    problems.push(...fit.problems);
  }
  return { draft: withStep(draft, next.edits, reason), problems };
}

/** Return the slots of the days of `removals` without the removed slots; booked slots stay. */
function withoutRemoved(draft: Draft, removals: SlotsByDate): SlotsByDate {
  return new Map(
    [...removals].map(([date, slots]) => {
      const free = withoutSlots(slots, bookedSlots(draft, date));
      return [date, withoutSlots(slotsOf(draft, date), free)];
    }),
  );
}

/** Return whether the date of a slot is over in the slot's zone, so that the slot can't be added or removed. */
export function isPast(date: string, { timeZone }: Pick<ZonedSlot, "timeZone">, now: number): boolean {
  return date < dateAt(timeZone, now);
}

/** Return the free slots of a date that begin after `now`. */
export function futureFreeSlots(draft: Draft, date: string, now: number): ZonedSlot[] {
  const slots = withoutSlots(slotsOf(draft, date), bookedSlots(draft, date));
  return slots.filter((slot) => spanOf(date, slot)[0] > now && !isPast(date, slot, now));
}

/** Return the draft as it was before the last step. */
export function undoStep(draft: Draft): Draft {
  return normalize({ ...draft, ...draft.steps.at(-1), steps: draft.steps.slice(0, -1) });
}

/** Return the draft without any edits. */
export function discardEdits(draft: Draft): Draft {
  return { ...EMPTY_DRAFT, zone: draft.zone, loadedDays: draft.loadedDays };
}

/** Return the slots of the dates around a date that may overlap slots of this date. */
function neighbours(draft: Draft, date: string): DatedSlot[] {
  const distances = Array.from({ length: 2 * MAX_DATES_APART + 1 }, (_, i) => i - MAX_DATES_APART);
  const dates = distances.filter((days) => days !== 0).map((days) => addDays(date, days));
  return dates.flatMap((other) => slotsOf(draft, other).map((slot) => ({ ...plainSlot(slot), date: other })));
}

/** Return the draft after one more step, or the same draft if the step changes nothing. */
function withStep(draft: Draft, changedDays: SlotsByDate, reason: EditReason = draft.reason): Draft {
  const edits = new Map([...draft.edits, ...changedDays]);
  const steps = [...draft.steps, stepOf(draft)];
  const next = normalize({ ...draft, edits, steps, reason }, draft);
  if (isSameEdit(next.edits, draft.edits)) {
    return draft;
  }
  return next.edits.size === 0 ? { ...next, reason: EMPTY_DRAFT.reason } : next;
}

/** Return a draft to which several steps led, with one step in place of them. */
export function asOneStep(before: Draft, after: Draft): Draft {
  return after === before ? before : { ...after, steps: [...before.steps, stepOf(before)] };
}

/** Return what undo goes back to. */
function stepOf({ edits, reason }: Draft): Draft["steps"][number] {
  return { edits, reason };
}

/** Return whether the edits of two drafts have the same days with the same slots. */
function isSameEdit(one: SlotsByDate, other: SlotsByDate): boolean {
  const isSameDay = (date: string, slots: readonly ZonedSlot[]) =>
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
  const edits = new Map<string, readonly ZonedSlot[]>();
  for (const [date, slots] of draft.edits) {
    if (before?.edits.get(date) === slots && before.loadedDays.get(date) === draft.loadedDays.get(date)) {
      edits.set(date, slots);
      continue;
    }
    const allSlots = fitSlots(date, bookedSlots(draft, date), slots).slots;
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

function bookedSlots(draft: Draft, date: string): ZonedSlot[] {
  return (draft.loadedDays.get(date)?.timeSlots ?? []).filter((slot) => slot.status === "BOOKED").map(plainSlot);
}

function stateOf(slot: TimeSlot): VisibleSlot["state"] {
  return slot.status === "AVAILABLE" ? "free" : slot.why === "held" ? "held" : "booked";
}

/** Return the `why` of a booked slot in the previous answer, because only answers with `explain` have `why`. */
function previousWhy(previous: LoadedDay, slot: TimeSlot & ZonedSlot): TimeSlot["why"] {
  return slot.status === "BOOKED" ? previous.timeSlots.find((other) => isSame(slot, other))?.why : undefined;
}
