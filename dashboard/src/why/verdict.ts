/** Why a slot is offered or not. The slots decide what is; the log and the bookings say how it came. */

import type { Day, TimeSlot } from "slotledger-client";
import { spanOf } from "../clock";
import type { ZonedSlot } from "../clock";
import type { Fact } from "./life";

/** Why a slot is as it is. Each kind has a sentence in the catalogue. */
export type Verdict =
  | { kind: "free"; block?: "past" | "too_soon" | "inactive"; since?: Fact }
  | { kind: "held"; fact?: Fact; until?: number }
  | { kind: "booked"; fact?: Fact; isOver: boolean }
  /** It was removed; `after` is how the last booking of it had ended before. */
  | { kind: "removed"; fact: Fact; after?: Fact }
  | { kind: "never" }
  /** It isn't offered, and the log doesn't say why. */
  | { kind: "unknown" };

/** What the answer depends on. */
export interface Evidence {
  facts: readonly Fact[];
  /** The slot as it is now, if it is offered. */
  slot?: Pick<TimeSlot, "status" | "why" | "heldUntil" | "notBookable">;
  /** Whether the log has every edit of the day. */
  isComplete: boolean;
  start: number;
  now: number;
}

/** How long after a booking's end a removal is still said to be after it. */
const RELATED_MS = 7 * 24 * 60 * 60 * 1000;
const ENDED = ["out", "cancelled", "away"];

/** Return why a slot is as it is. */
export function verdictOf({ facts, slot, isComplete, start, now }: Evidence): Verdict {
  if (slot === undefined) {
    const fact = facts.findLast(({ source }) => source !== "booking");
    if (fact === undefined) {
      return { kind: isComplete ? "never" : "unknown" };
    }
    return fact.kind === "removed" ? { kind: "removed", fact, after: endedBefore(facts, fact) } : { kind: "unknown" };
  }
  const active = facts.findLast(({ kind }) => kind === "held" || kind === "booked" || kind === "confirmed");
  if (slot.status === "AVAILABLE") {
    const since = facts.findLast(({ kind }) => kind === "offered" || ENDED.includes(kind));
    return { kind: "free", block: start <= now ? "past" : slot.notBookable, since };
  }
  if (slot.why === "held" || (slot.why == null && active?.kind === "held")) {
    return { kind: "held", fact: active, until: slot.heldUntil ? Date.parse(slot.heldUntil) : active?.until };
  }
  return { kind: "booked", fact: active, isOver: start <= now };
}

/** Return how the last booking before a removal had ended, unless the slot was offered anew since, or it was long before. */
function endedBefore(facts: readonly Fact[], removal: Fact): Fact | undefined {
  const before = facts.slice(0, facts.indexOf(removal)).findLast(({ kind }) => kind === "offered" || ENDED.includes(kind));
  return before && ENDED.includes(before.kind) && removal.at - before.at <= RELATED_MS ? before : undefined;
}

/** Return whether the answer is certain: the log is complete, and says when each of the edits was made. */
export function isCertain({ facts, isComplete }: Pick<Evidence, "facts" | "isComplete">, verdict: Verdict): boolean {
  const isExact = facts.every(({ source, reason }) => source !== "reconstructed" && reason !== "external");
  return isComplete && isExact && verdict.kind !== "unknown";
}

/** What prevents that a slot is offered again, or the edit that does it. */
export type PutBack =
  | { can: true; date: string; slot: ZonedSlot; day: Day }
  | { can: false; because: "past" }
  | { can: false; because: "overlap"; with: ZonedSlot; date: string };

/**
 * Return whether a removed slot can be offered again, beside the slots of the dates around it. Return null if it wasn't
 * removed.
 */
export function putBackOf(verdict: Verdict, days: readonly Day[], zone: string, now: number): PutBack | null {
  const entry = verdict.kind === "removed" ? verdict.fact.entry : undefined;
  if (entry === undefined) {
    return null;
  }
  const { date, startTime: time, durationMinutes, timeZone } = entry;
  const slot = { time, durationMinutes, timeZone };
  const [start, end] = spanOf(date, slot);
  if (start <= now) {
    return { can: false, because: "past" };
  }
  for (const day of days) {
    for (const other of day.timeSlots) {
      const zoned = { ...other, timeZone: other.timeZone ?? zone };
      const [from, to] = spanOf(day.date, zoned);
      if (from < end && to > start) {
        return { can: false, because: "overlap", with: zoned, date: day.date };
      }
    }
  }
  const day = days.find((each) => each.date === date) ?? { date, version: 0, timeSlots: [] };
  return { can: true, date, slot, day };
}
