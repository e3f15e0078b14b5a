import type { Day, TimeSlot } from "slotledger-client";

/** How a slot is different at the other instant: it isn't offered, or its status is different (free or booked). */
export type Difference = "not offered" | "status";

export interface ComparedSlot extends TimeSlot {
  difference: Difference | null;
}

/** A day as it was at a past instant and as it is now. */
export interface ComparedDay {
  date: string;
  then: ComparedSlot[];
  now: ComparedSlot[];
  isSame: boolean;
}

/** Compare past days with the days now: all dates in `dates`, or by default all dates that have a slot then or now. */
export function compareDays(then: readonly Day[], now: readonly Day[], dates?: readonly string[]): ComparedDay[] {
  const [before, after] = [slotsByDate(then), slotsByDate(now)];
  const datesToShow = dates ?? [...new Set([...before.keys(), ...after.keys()])];
  return [...datesToShow].sort().map((date) => {
    const [oldSlots, newSlots] = [before.get(date) ?? [], after.get(date) ?? []];
    const then = markDifferences(oldSlots, newSlots);
    const now = markDifferences(newSlots, oldSlots);
    return { date, then, now, isSame: [...then, ...now].every(({ difference }) => difference === null) };
  });
}

function slotsByDate(days: readonly Day[]): Map<string, TimeSlot[]> {
  return new Map(days.filter(({ timeSlots }) => timeSlots.length > 0).map((day) => [day.date, day.timeSlots]));
}

/** Return the slots with their differences from `others`. Slots with different durations or zones are different. */
function markDifferences(slots: readonly TimeSlot[], others: readonly TimeSlot[]): ComparedSlot[] {
  return slots.map((slot) => {
    const other = others.find(
      ({ time, durationMinutes, timeZone }) =>
        time === slot.time && durationMinutes === slot.durationMinutes && timeZone === slot.timeZone,
    );
    const difference = other === undefined ? "not offered" : other.status === slot.status ? null : "status";
    return { ...slot, difference };
  });
}
