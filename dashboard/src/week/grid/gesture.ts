/**
 * What a drag in the week means. A drag on an empty place draws a rectangle: one slot after the other, on each day of the
 * rectangle. A drag on a slot moves it; a drag on its lower edge stretches it. Times are minutes since midnight.
 */

import type { DrawnSlot } from "./layout";

/** A place in the week: the number of the day among the shown days, and the time. */
export interface Place {
  day: number;
  minute: number;
}

export type Gesture =
  | { kind: "fill"; days: [number, number]; from: number; to: number; anchor: Place }
  /** `grip` is the time between the start of the slot and the pointer. */
  | { kind: "move"; drawn: DrawnSlot; grip: number; day: number; from: number }
  | { kind: "stretch"; drawn: DrawnSlot; durationMinutes: number };

/** Drags snap to this many minutes. */
export const SNAP = 15;
const DAY_MINUTES = 24 * 60;
const MIN_DURATION = 5;
const MAX_DURATION = 720;

/** Return the gesture that begins at a place: on an empty place, on a slot, or on the lower edge of a slot. */
export function begin(place: Place, drawn?: DrawnSlot, isEdge = false): Gesture {
  if (drawn === undefined) {
    const from = snapDown(place.minute);
    return { kind: "fill", days: [place.day, place.day], from, to: from + SNAP, anchor: { day: place.day, minute: from } };
  }
  return isEdge
    ? { kind: "stretch", drawn, durationMinutes: drawn.slot.durationMinutes }
    : { kind: "move", drawn, grip: place.minute - drawn.part.from, day: place.day, from: drawn.part.from };
}

/** Return the gesture after the pointer has moved to a place. */
export function follow(gesture: Gesture, { day, minute }: Place): Gesture {
  switch (gesture.kind) {
    case "fill": {
      const { anchor } = gesture;
      const from = Math.min(anchor.minute, snapDown(minute));
      const to = Math.max(anchor.minute + SNAP, snapUp(minute));
      return { ...gesture, days: [Math.min(anchor.day, day), Math.max(anchor.day, day)], from, to };
    }
    case "move": {
      const from = Math.round((minute - gesture.grip) / SNAP) * SNAP;
      return { ...gesture, day, from: Math.min(Math.max(from, 0), DAY_MINUTES - SNAP) };
    }
    case "stretch": {
      const { part, slot } = gesture.drawn;
      // Of a slot that began on the day before, the lower edge is that of its second part.
      const before = gesture.drawn.isContinued ? slot.durationMinutes - (part.to - part.from) : 0;
      const durationMinutes = before + snapUp(minute) - part.from;
      return { ...gesture, durationMinutes: Math.min(Math.max(durationMinutes, MIN_DURATION), MAX_DURATION) };
    }
  }
}

/** Return the starts of slots of a length, one after the other, from a time to a time. At least one. */
export function startsBetween(from: number, to: number, durationMinutes: number): number[] {
  const count = Math.max(1, Math.floor((to - from) / durationMinutes));
  return Array.from({ length: count }, (_, i) => from + i * durationMinutes);
}

function snapDown(minute: number): number {
  return Math.min(Math.floor(minute / SNAP) * SNAP, DAY_MINUTES - SNAP);
}

function snapUp(minute: number): number {
  return Math.min(Math.ceil(minute / SNAP) * SNAP, DAY_MINUTES);
}
