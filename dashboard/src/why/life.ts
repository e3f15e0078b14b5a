/** The life of a slot: when it was offered, held, booked, free again and removed, from the log and from bookings. */

import type { Booking, Entry, Reason } from "slotledger-client";
import { spanOf } from "../clock";

/** What happened to a slot: `out` is a hold that ran out, and `away` a lesson that was moved to another time. */
export type FactKind = "offered" | "removed" | "held" | "booked" | "confirmed" | "out" | "cancelled" | "away" | "held lesson" | "no show";

/** Something that happened to a slot, and how it is known. */
export interface Fact {
  at: number;
  kind: FactKind;
  /** The user who did it; null if it is unknown or was nobody. */
  by: string | null;
  /** Of bookings: whose it is. */
  student?: { id: string; name: string | null };
  /** Of edits: the reason. */
  reason?: Reason;
  notes: string | null;
  /** Where it is known from: the log of edits, with how the entry got there, or the booking. */
  source: Entry["source"] | "booking";
  /** Of holds: until when. */
  until?: number;
  /** Of edits: the length and the zone of the slot, and the edit. */
  entry?: Entry;
}

/** What a slot was from an instant on. */
export interface Phase {
  at: number;
  state: "free" | "held" | "booked" | "gone";
  /** The position of the fact that began it. */
  fact: number;
}

/** Facts of one instant are in this order: a lesson is cancelled before its slot is withdrawn. */
const ORDER: readonly FactKind[] = ["out", "cancelled", "away", "removed", "offered", "held", "booked", "confirmed", "held lesson", "no show"];

const STATES: Record<FactKind, Phase["state"] | undefined> = {
  offered: "free",
  removed: "gone",
  held: "held",
  booked: "booked",
  confirmed: "booked",
  out: "free",
  cancelled: "free",
  away: "free",
  "held lesson": undefined,
  "no show": undefined,
};

/** Return the instant at which the slot of an entry starts. */
export function startOf({ date, startTime, durationMinutes, timeZone }: Entry): number {
  return spanOf(date, { time: startTime, durationMinutes, timeZone })[0];
}

/** Return what happened to the slot that starts at an instant, oldest first. */
export function factsOf(start: number, entries: readonly Entry[], bookings: readonly Booking[]): Fact[] {
  const edits = entries.filter((entry) => startOf(entry) === start).map(factOf);
  const lessons = bookings.filter(({ startsAt }) => Date.parse(startsAt) === start).flatMap(factsOfBooking);
  const order = ({ at, kind }: Fact) => [at, ORDER.indexOf(kind)] as const;
  return [...edits, ...lessons].sort((a, b) => order(a)[0] - order(b)[0] || order(a)[1] - order(b)[1]);
}

function factOf(entry: Entry): Fact {
  const { action, changedAt, changedBy, reason, notes, source } = entry;
  const kind = action === "ADDED" ? "offered" : "removed";
  return { at: Date.parse(changedAt), kind, by: changedBy, reason, notes, source, entry };
}

function factsOfBooking(booking: Booking): Fact[] {
  const { createdAt, createdBy, confirmedAt, holdExpiresAt, status, releasedAt, releasedBy, completedAt, completedBy } = booking;
  const student = { id: booking.studentId, name: booking.studentName };
  const fact = (kind: FactKind, at: string | null, by: string | null, notes: string | null = null): Fact[] =>
    at === null ? [] : [{ at: Date.parse(at), kind, by, student, notes, source: "booking" }];
  const isHold = holdExpiresAt !== null && (confirmedAt === null || confirmedAt > createdAt);
  const held = fact(isHold ? "held" : "booked", createdAt, createdBy).map((each) =>
    isHold ? { ...each, until: Date.parse(holdExpiresAt) } : each,
  );
  const ranOutAt = [releasedAt, holdExpiresAt].filter((at) => at !== null).sort()[0] ?? null;
  return [
    ...held,
    ...(isHold ? fact("confirmed", confirmedAt, null) : []),
    ...(status === "EXPIRED" ? fact("out", ranOutAt, null) : []),
    ...(status === "CANCELLED" ? fact(booking.movedTo === null ? "cancelled" : "away", releasedAt, releasedBy, booking.reason) : []),
    ...(status === "COMPLETED" ? fact("held lesson", completedAt, completedBy) : []),
    ...(status === "NO_SHOW" ? fact("no show", completedAt, completedBy) : []),
  ];
}

/** Return the phases of a life, at most the last `max`. What changes nothing begins no phase. */
export function phasesOf(facts: readonly Fact[], max = 6): Phase[] {
  const phases: Phase[] = [];
  facts.forEach(({ at, kind }, fact) => {
    const state = STATES[kind];
    if (state !== undefined && state !== phases.at(-1)?.state) {
      phases.push({ at, state, fact });
    }
  });
  return phases.slice(-max);
}
