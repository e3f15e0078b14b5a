/** Rules of bookings in the booker: which step one is in, how long its hold lasts, and what the countdown says. */

import type { Booking } from "slotledger-client";

/** How long the page holds a slot for a student. */
export const HOLD_SECONDS = 600;

/** A hold counts as run out a little later than on the page's clock, which may be two seconds ahead of the server's. */
const GRACE_MS = 2000;

/** Which step a booking is in. A booking that was moved, or confirmed after its hold ran out, is `over`. */
export type Stage = "held" | "ran out" | "booked" | "over";

/** Return which step a booking is in at an instant of the server's clock. */
export function stageOf({ status, movedTo, ...booking }: Booking, now: number): Stage {
  switch (status) {
    case "AWAITING_PAYMENT":
      return leftMs(booking, now) > -GRACE_MS ? "held" : "ran out";
    case "EXPIRED":
      return movedTo === null ? "ran out" : "over";
    case "CANCELLED":
      return "over";
    default:
      return "booked";
  }
}

/** Return whether a booking's lesson is over. One of unknown length is over when it has begun. */
export function isPast({ startsAt, endsAt }: Pick<Booking, "startsAt" | "endsAt">, now: number): boolean {
  return Date.parse(endsAt ?? startsAt) <= now;
}

/** Return how many milliseconds are left of a hold, at an instant of the server's clock. */
export function leftMs({ holdExpiresAt }: Pick<Booking, "holdExpiresAt">, now: number): number {
  return holdExpiresAt === null ? Infinity : Date.parse(holdExpiresAt) - now;
}

/** Return the share of a hold that is left: 0 to 1. */
export function shareLeft({ createdAt, holdExpiresAt }: Pick<Booking, "createdAt" | "holdExpiresAt">, now: number): number {
  const whole = Date.parse(holdExpiresAt ?? "") - Date.parse(createdAt);
  return whole > 0 ? Math.min(1, Math.max(0, leftMs({ holdExpiresAt }, now) / whole)) : 1;
}

/** Return the time that is left as minutes and seconds: "9:05". */
export function countdown(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Return how many seconds a screen reader says are left: 60, 30 or 10, or null before that. */
export function announcedSeconds(leftMs: number): number | null {
  return [10, 30, 60].find((seconds) => leftMs <= seconds * 1000) ?? null;
}

/** Return the bookings that are placed, confirmed and let go together: those of the same series in the same step. */
export function together(booking: Booking, bookings: readonly Booking[]): Booking[] {
  const { seriesId, status } = booking;
  return seriesId === null ? [booking] : bookings.filter((each) => each.seriesId === seriesId && each.status === status);
}

/** Return the holds that are still active, one for each series. */
export function activeHolds(bookings: readonly Booking[], now: number): Booking[] {
  const held = bookings.filter((booking) => booking.status === "AWAITING_PAYMENT" && stageOf(booking, now) === "held");
  return held.filter(({ seriesId }, i) => seriesId === null || held.findIndex((each) => each.seriesId === seriesId) === i);
}

/** Return the bookings with newer ones in their place, by start. */
export function withBookings(bookings: readonly Booking[], newer: readonly Booking[]): Booking[] {
  const ids = new Set(newer.map(({ bookingId }) => bookingId));
  const all = [...bookings.filter(({ bookingId }) => !ids.has(bookingId)), ...newer];
  return all.sort((a, b) => Date.parse(a.startsAt) - Date.parse(b.startsAt));
}
