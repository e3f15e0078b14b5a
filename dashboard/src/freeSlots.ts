import type { Day, TimeSlot } from "slotledger-client";
import { dateIn, isSameZone, timeIn, weekdayAndDay, zoneName } from "./time";

/** A free slot, with the date that it belongs to in its own zone. */
export interface FreeSlot extends TimeSlot {
  date: string;
}

/** Return the free slots in the future that can be booked, grouped by their date in a time zone. */
export function freeSlotsByDate(days: readonly Day[], zone: string, now: Date): Map<string, FreeSlot[]> {
  const slotsByDate = new Map<string, FreeSlot[]>();
  for (const slot of days.flatMap(({ date, timeSlots }) => timeSlots.map((slot) => ({ ...slot, date })))) {
    const start = new Date(slot.startsAt);
    if (slot.status === "AVAILABLE" && slot.notBookable === undefined && start > now) {
      const date = dateIn(zone, start);
      slotsByDate.set(date, [...(slotsByDate.get(date) ?? []), slot]);
    }
  }
  return slotsByDate;
}

/**
 * Return a note for a slot that is neither in the tutor's zone nor in the viewer's: its start in its own zone, "23:30
 * Tokyo time". Return null for other slots.
 */
export function zoneLabel({ startsAt, timeZone }: TimeSlot, viewersZone: string): string | null {
  if (timeZone === undefined || isSameZone(timeZone, viewersZone)) {
    return null;
  }
  const start = new Date(startsAt);
  const date = dateIn(timeZone, start);
  const day = date === dateIn(viewersZone, start) ? "" : `${weekdayAndDay(date)}, `;
  return `${day}${timeIn(timeZone, start)} ${zoneName(timeZone)}`;
}
