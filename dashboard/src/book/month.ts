/** A month at a glance. A month is `YYYY-MM`. */

import { addDays } from "../time";
import type { FreeSlot } from "../freeSlots";

/** How long the line below a day is at most. */
const LONGEST = 4;

/** Return the weeks of a month as rows of seven dates. The first ones are of the month before, the last of the next. */
export function weeksOf(month: string, firstDayOfWeek: number): string[][] {
  const first = `${month}-01`;
  const before = (new Date(first).getUTCDay() - firstDayOfWeek + 7) % 7;
  const next = `${monthAfter(month, 1)}-01`;
  const weeks: string[][] = [];
  for (let start = addDays(first, -before); start < next; start = addDays(start, 7)) {
    weeks.push(Array.from({ length: 7 }, (_, i) => addDays(start, i)));
  }
  return weeks;
}

/** How many weeks of this month and the next one are shown at least. */
const FEWEST_WEEKS = 4;

/** Return the weeks of a month. Of this month, leave out those that are over. If few are left, add weeks of the next one. */
export function weeksToCome(month: string, firstDayOfWeek: number, today: string): string[][] {
  const weeks = weeksOf(month, firstDayOfWeek);
  if (month !== today.slice(0, 7)) {
    return weeks;
  }
  const left = weeks.filter((week) => week[6]! >= today);
  while (left.length < FEWEST_WEEKS) {
    left.push(left.at(-1)!.map((date) => addDays(date, 7)));
  }
  return left;
}

/** Return the month that is a number of months after a month. */
export function monthAfter(month: string, months: number): string {
  const first = new Date(`${month}-01`);
  first.setUTCMonth(first.getUTCMonth() + months);
  return first.toISOString().slice(0, 7);
}

/** Return the length of the line below a day, 1 to 4: how many times are free, compared with the month's fullest day. */
export function lineLength(count: number, most: number): number {
  return count === 0 ? 0 : Math.max(1, Math.round((LONGEST * count) / most));
}

/** Return the slots that are nearest to an instant, by start. Those of the wanted length come before others. */
export function nearest<Slot extends Pick<FreeSlot, "startsAt" | "durationMinutes">>(
  slots: readonly Slot[],
  startsAt: string,
  minutes: number | null,
  count: number,
): Slot[] {
  const distance = (slot: Slot) => Math.abs(Date.parse(slot.startsAt) - Date.parse(startsAt));
  const isOther = (slot: Slot) => (minutes !== null && slot.durationMinutes !== minutes ? 1 : 0);
  const chosen = [...slots].sort((a, b) => isOther(a) - isOther(b) || distance(a) - distance(b)).slice(0, count);
  return chosen.sort((a, b) => Date.parse(a.startsAt) - Date.parse(b.startsAt));
}
