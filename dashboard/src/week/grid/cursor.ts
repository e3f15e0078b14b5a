/** The place of the keyboard in the week: one Tab stop, and the arrow keys go from time to time and from day to day. */

import type { DrawnSlot } from "./layout";
import type { Place } from "./gesture";
import type { Fold } from "./scale";

/** The arrow keys go this many minutes up or down. */
const STEP = 30;
const DAY_MINUTES = 24 * 60;

/** Return the slot at a place: the one that begins there, else the one that covers it. */
export function slotAt(slots: readonly DrawnSlot[], minute: number): DrawnSlot | undefined {
  return slots.find(({ part }) => part.from === minute) ?? slots.find(({ part }) => part.from <= minute && minute < part.to);
}

/**
 * Return the time that is `direction` (1 or -1) from a time of a day: the next half hour, or the next slot if it begins or
 * ends before that. Folded hours are one step. At the end of the day, the time stays.
 */
export function nextMinute(slots: readonly DrawnSlot[], folds: readonly Fold[], minute: number, direction: 1 | -1): number {
  const here = slotAt(slots, minute);
  const grid = direction > 0 ? Math.floor(minute / STEP) * STEP + STEP : Math.ceil(minute / STEP) * STEP - STEP;
  let next: number;
  if (direction > 0) {
    const from = here?.part.to ?? grid;
    const start = slots.map(({ part }) => part.from).filter((start) => start > minute && start < from).sort((a, b) => a - b)[0];
    next = start ?? from;
  } else {
    const above = here ? Math.min(here.part.from - 1, grid) : grid;
    const previous = slotAt(slots, here ? here.part.from - 1 : Math.max(grid, minute - 1));
    const ends = slots.filter(({ part }) => part.to <= minute && part.to > above).map(({ part }) => part.from);
    next = previous?.part.from ?? ends.at(-1) ?? (here ? Math.max(0, Math.ceil(here.part.from / STEP) * STEP - STEP) : grid);
  }
  const fold = folds.find(({ from, to }) => next >= from && next < to);
  if (fold) {
    next = direction > 0 ? fold.to : fold.from === 0 ? minute : fold.from - STEP;
  }
  return next < 0 || next >= DAY_MINUTES ? minute : next;
}

/** Return the place of a slot, or the place itself if no slot is there. */
export function settle(slots: readonly DrawnSlot[], place: Place): Place {
  const slot = slotAt(slots, place.minute);
  return slot ? { ...place, minute: slot.part.from } : place;
}

/** Return where the keyboard is at first: now, else the first slot, else 9:00 of the first day. */
export function firstPlace(dates: readonly string[], columns: readonly (readonly DrawnSlot[])[], today: string, minute: number): Place {
  const day = dates.indexOf(today);
  if (day >= 0) {
    return { day, minute: Math.floor(minute / 30) * 30 };
  }
  const first = columns.findIndex((slots) => slots.length > 0);
  return first < 0 ? { day: 0, minute: 9 * 60 } : { day: first, minute: columns[first]![0]!.part.from };
}
