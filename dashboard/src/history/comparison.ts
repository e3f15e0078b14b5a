import type { Day, TimeSlot } from "slotledger-client";

/** How a slot differs: it isn't offered at the other time, or it is booked at one time and free at the other. */
export type Difference = "not offered" | "status";

export interface ComparedSlot extends TimeSlot {
  difference: Difference | null;
}

/** A day, then and now. */
export interface ComparedDay {
  date: string;
  then: ComparedSlot[];
  now: ComparedSlot[];
  isSame: boolean;
}

/** Compare days: those in `dates`, or each that has a slot then or now. */
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

/** Return slots with their differences. A slot with another duration is another slot. */
function markDifferences(slots: readonly TimeSlot[], others: readonly TimeSlot[]): ComparedSlot[] {
  return slots.map((slot) => {
    const other = others.find(
      ({ time, durationMinutes }) => time === slot.time && durationMinutes === slot.durationMinutes,
    );
    const difference = other === undefined ? "not offered" : other.status === slot.status ? null : "status";
    return { ...slot, difference };
  });
}
