/** The bookings of a week, and what the page says about them. */

import type { Booking, TimeSlot } from "slotledger-client";
import { shortId } from "../labels";
import { t } from "../texts";

/** The bookings that occupy a slot, by the date and the start of the slot in its own zone. */
export type BookingsBySlot = ReadonlyMap<string, Booking>;

const OCCUPYING: readonly Booking["status"][] = ["AWAITING_PAYMENT", "CONFIRMED", "COMPLETED", "NO_SHOW"];

/** Return the bookings that occupy a slot. */
export function bookingsBySlot(bookings: readonly Booking[]): BookingsBySlot {
  return new Map(
    bookings
      .filter(({ status }) => OCCUPYING.includes(status))
      .map((booking) => [slotKey(booking.date, booking), booking]),
  );
}

/** Return the key of a slot in `BookingsBySlot`. A date has at most one slot at a time. */
export function slotKey(date: string, { time }: { time: string }): string {
  return `${date} ${time}`;
}

/** Return the name of the student, or else the end of their id. */
export function studentOf({ studentName, studentId }: Pick<Booking, "studentName" | "studentId">): string {
  return studentName ?? t.week.student(shortId(studentId));
}

/** Return whether a booking can be moved and cancelled: it is held or confirmed, and hasn't begun. */
export function isChangeable({ status, startsAt }: Pick<Booking, "status" | "startsAt">, now: number): boolean {
  return (status === "AWAITING_PAYMENT" || status === "CONFIRMED") && Date.parse(startsAt) > now;
}

/** Return whether the tutor can move a booking to a slot. A slot that starts too soon for students is allowed. */
export function isTarget({ status, notBookable }: Pick<TimeSlot, "status" | "notBookable">): boolean {
  return status === "AVAILABLE" && (notBookable === undefined || notBookable === "too_soon");
}

/** What the tutor can say about a lesson that has begun. */
export type Outcome = "COMPLETED" | "NO_SHOW";

/** Return which outcomes a booking can get now. One can be corrected to the other. */
export function possibleOutcomes({ status, startsAt }: Pick<Booking, "status" | "startsAt">, now: number): Outcome[] {
  if (Date.parse(startsAt) > now) {
    return [];
  }
  const others: Partial<Record<Booking["status"], Outcome[]>> = {
    CONFIRMED: ["COMPLETED", "NO_SHOW"],
    COMPLETED: ["NO_SHOW"],
    NO_SHOW: ["COMPLETED"],
  };
  return others[status] ?? [];
}

/** Return the outcome of a booking in words, or undefined if it has none. */
export function outcomeOf({ status }: Pick<Booking, "status">): string | undefined {
  return status === "COMPLETED" || status === "NO_SHOW" ? t.week.outcomes[status] : undefined;
}
