/** Rules of the holds that the page shows: how long they last, and what the countdown says. */

import type { Booking } from "slotledger-client";
import { whenIn } from "../time";

/** How long the page holds a slot for a student. */
export const HOLD_SECONDS = 600;

/** A hold of the viewer. `endsAt` is when it runs out, in milliseconds of the viewer's clock. */
export interface Hold {
  booking: Booking;
  endsAt: number;
  /** Whether the student has placed it on this page just now, so that it gets the focus. */
  isNew: boolean;
}

/**
 * Return a hold that was placed just now. The viewer's clock may be wrong, so count from now, and not up to an instant of
 * the server's clock.
 */
export function newHold(booking: Booking, now: number): Hold {
  return { booking, endsAt: now + Date.parse(booking.holdExpiresAt!) - Date.parse(booking.createdAt), isNew: true };
}

/** Return when a lesson is, in a time zone, and with whom: "Friday 1 October, 09:00–10:00 with Maya". */
export function lessonName(zone: string, booking: Booking): string {
  return `${whenIn(zone, booking)} with ${booking.tutorName}`;
}

/**
 * Return the holds that the page shows after the student's bookings were loaded. Holds of this tutor are added, or of all
 * tutors if `tutorId` is null. Those that were confirmed or cancelled elsewhere are left out. Those that ran out stay, so that the student learns of it.
 */
export function mergeHolds(holds: readonly Hold[], bookings: readonly Booking[], tutorId: string | null): Hold[] {
  const byId = new Map(bookings.map((booking) => [booking.bookingId, booking]));
  const remaining = holds.filter(({ booking: { bookingId } }) => {
    const status = byId.get(bookingId)?.status ?? "EXPIRED";
    return status === "AWAITING_PAYMENT" || status === "EXPIRED";
  });
  const known = new Set(holds.map(({ booking }) => booking.bookingId));
  const added = bookings.filter(
    ({ bookingId, tutorId: other, status, holdExpiresAt }) =>
      status === "AWAITING_PAYMENT" && (tutorId ?? other) === other && holdExpiresAt !== null && !known.has(bookingId),
  );
  return [...remaining, ...added.map((booking) => ({ booking, endsAt: Date.parse(booking.holdExpiresAt!), isNew: false }))];
}

/** Return the time that is left as minutes and seconds: "9:05". */
export function countdown(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Return what a screen reader says about the time that is left. It changes a few times only, not each second. */
export function announcement(leftMs: number): string {
  const minutes = [1, 2, 5].find((minutes) => leftMs <= minutes * 60_000);
  return minutes === undefined ? "" : minutes === 1 ? "Less than one minute left." : `Less than ${minutes} minutes left.`;
}
