import { useMemo } from "react";
import type { Api, Booking } from "slotledger-client";
import { MAX_DATES_APART } from "../clock";
import { addDays } from "../time";
import { useAnswer } from "../useAnswer";
import { bookingsBySlot } from "./bookings";

/** Load the bookings of the week that begins on a date, and of the weeks beside it. */
export function useBookings(api: Api, tutorId: string, weekStart: string, isEnabled: boolean) {
  const { answer, error, isLoading, reload } = useAnswer("week bookings", [tutorId, weekStart, isEnabled], async (signal) => {
    const span = {
      from: `${addDays(weekStart, -7 - MAX_DATES_APART)}T00:00:00Z`,
      to: `${addDays(weekStart, 14 + MAX_DATES_APART)}T00:00:00Z`,
    };
    const bookings: Booking[] = [];
    for (let cursor: string | null | undefined; isEnabled && cursor !== null; ) {
      const page = await api.bookings.list({ tutorId }, { ...span, cursor, limit: 200, signal });
      bookings.push(...page.bookings);
      cursor = page.nextCursor;
    }
    return bookings;
  });
  return { bookings: useMemo(() => bookingsBySlot(answer ?? []), [answer]), error, isLoading, reload };
}
