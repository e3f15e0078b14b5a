/** What the booker says to a page that it is a part of. */

import { createContext } from "react";
import type { Booking } from "slotledger-client";

/** Something that the student did: the name of the event, and the bookings as they are now, several for a series. */
export interface BookerEvent {
  type: "held" | "booked" | "cancelled";
  bookings: Booking[];
}

/** A function that reports events to the embedding page. It is null if the booker isn't embedded. */
export const Embedding = createContext<((event: BookerEvent) => void) | null>(null);

const TYPES = { CANCELLED: "cancelled", AWAITING_PAYMENT: "held", CONFIRMED: "booked" } as const;

/** Return the events for bookings that were changed. A lesson that moves is cancelled, and then booked at another time. */
export function eventsOf(changed: readonly Booking[]): BookerEvent[] {
  return Object.entries(TYPES)
    .map(([status, type]) => ({ type, bookings: changed.filter((booking) => booking.status === status) }))
    .filter(({ bookings }) => bookings.length > 0);
}
