import type { Day, TimeSlot } from "slotledger-client";
import { dateIn, isSameZone, timeIn, weekdayAndDay, zoneName } from "./time";

/** A free slot, with the date that it belongs to in its own zone. */
export interface FreeSlot extends TimeSlot {
  date: string;
}

/** Return the free slots in the future that can be booked, grouped by their date in a time zone. */
export function freeSlotsByDate(days: readonly Day[], zone: string, now: Date): Map<string, FreeSlot[]> {
  const slots = days.flatMap(({ date, timeSlots }) => timeSlots.map((slot) => ({ ...slot, date })));
  const isFree = ({ status, notBookable, startsAt }: FreeSlot) =>
    status === "AVAILABLE" && notBookable === undefined && new Date(startsAt) > now;
  return byDate(slots.filter(isFree), zone);
}

/** Return slots grouped by the date of their start in a time zone. */
export function byDate<Slot extends Pick<TimeSlot, "startsAt">>(slots: readonly Slot[], zone: string): Map<string, Slot[]> {
  const slotsByDate = new Map<string, Slot[]>();
  for (const slot of slots) {
    const date = dateIn(zone, new Date(slot.startsAt));
    slotsByDate.set(date, [...(slotsByDate.get(date) ?? []), slot]);
  }
  return slotsByDate;
}

/**
 * Return a note for a slot that is neither in the tutor's zone nor in the viewer's: its start in its own zone, "23:30
 * Tokyo time". Return null for other slots.
 */
export function zoneLabel({ startsAt, timeZone }: Pick<TimeSlot, "startsAt" | "timeZone">, viewersZone: string): string | null {
  if (timeZone === undefined || isSameZone(timeZone, viewersZone)) {
    return null;
  }
  const start = new Date(startsAt);
  const date = dateIn(timeZone, start);
  const day = date === dateIn(viewersZone, start) ? "" : `${weekdayAndDay(date)}, `;
  return `${day}${timeIn(timeZone, start)} ${zoneName(timeZone)}`;
}
