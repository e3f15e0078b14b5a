import type { Day, TimeSlot } from "slotledger-client";

/** How a slot differs from the other time: it isn't offered there, or is booked at one time and free at the other. */
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

/** Returns the days beside each other: the dates given, or each that has a slot at one time. */
export function compared(then: readonly Day[], now: readonly Day[], dates?: readonly string[]): ComparedDay[] {
  const [before, after] = [slotsByDate(then), slotsByDate(now)];
  const shown = dates ?? [...new Set([...before.keys(), ...after.keys()])];
  return [...shown].sort().map((date) => {
    const [old, current] = [before.get(date) ?? [], after.get(date) ?? []];
    const compared = { date, then: marked(old, current), now: marked(current, old) };
    return { ...compared, isSame: [...compared.then, ...compared.now].every(({ difference }) => difference === null) };
  });
}

function slotsByDate(days: readonly Day[]): Map<string, TimeSlot[]> {
  return new Map(days.filter(({ timeSlots }) => timeSlots.length > 0).map((day) => [day.date, day.timeSlots]));
}

/** A slot whose duration was changed is another one. */
function marked(slots: readonly TimeSlot[], others: readonly TimeSlot[]): ComparedSlot[] {
  return slots.map((slot) => {
    const other = others.find(
      ({ time, durationMinutes }) => time === slot.time && durationMinutes === slot.durationMinutes,
    );
    const difference = other === undefined ? "not offered" : other.status === slot.status ? null : "status";
    return { ...slot, difference };
  });
}
