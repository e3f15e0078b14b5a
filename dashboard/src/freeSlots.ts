import type { Day, TimeSlot } from "slotledger-client";
import { dateIn } from "./time";

/** Return the free slots in the future, grouped by their date in a time zone. */
export function freeSlotsByDate(days: readonly Day[], zone: string, now: Date): Map<string, TimeSlot[]> {
  const slotsByDate = new Map<string, TimeSlot[]>();
  for (const slot of days.flatMap((day) => day.timeSlots)) {
    const start = new Date(slot.startsAt);
    if (slot.status === "AVAILABLE" && start > now) {
      const date = dateIn(zone, start);
      slotsByDate.set(date, [...(slotsByDate.get(date) ?? []), slot]);
    }
  }
  return slotsByDate;
}
