/** The slots of a usual week. The rules are those of the server (`common/core/schedule.py`), which checks each save. */

import type { Schedule, WeeklySlot } from "slotledger-client";
import { minutesOf, timeOf } from "../clock";
import { addDays, mondayOf, weekdayOrder } from "../time";

export const WEEKDAYS = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Return the weekdays in the order of the viewer's week. The weeks of a schedule begin on Monday all the same. */
export function shownWeekdays(): Weekday[] {
  return weekdayOrder().map((number) => WEEKDAYS[number]!);
}

/** The same times on some weekdays. Times are minutes since midnight; `to` is more than a day if it is over midnight. */
export interface Times {
  weekdays: readonly Weekday[];
  from: number;
  to: number;
}

/** A break as it is typed. Empty dates are ""; without a last date, it is one day. */
export interface BreakRow {
  from: string;
  to: string;
  note: string;
}

/** A schedule as the form has it. */
export interface UsualWeek extends Omit<Schedule, "breaks"> {
  breaks: readonly BreakRow[];
}

export const EMPTY_BREAK: BreakRow = { from: "", to: "", note: "" };

const MAX_PAUSE_MINUTES = 60;
const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const WEEK_MS = WEEK_MINUTES * 60_000;

/** Return a schedule for the form, without the breaks that are over. The default is an empty week from today on. */
export function weekOf(schedule: Schedule | null, today: string): UsualWeek {
  if (schedule === null) {
    return { validFrom: today, everyWeeks: 1, weeksAhead: 12, timeZone: null, slots: [], breaks: [] };
  }
  const breaks = (schedule.breaks ?? []).filter(({ to }) => to >= today);
  return { ...schedule, breaks: breaks.map(({ from, to, note }) => ({ from, to, note: note ?? "" })) };
}

/** Return what is sent. */
export function scheduleOf(week: UsualWeek): Schedule {
  const breaks = week.breaks.map(({ from, to, note }) => ({ from, to: to || from, note: note.trim() || null }));
  return { ...week, breaks };
}

/** Return slots of one length, with a pause between them, that end by `to`; on each weekday, there is at least one. */
export function slotsIn({ weekdays, from, to }: Times, durationMinutes: number, pauseMinutes: number): WeeklySlot[] {
  const starts = [from];
  for (let next = from; (next += durationMinutes + pauseMinutes) + durationMinutes <= to; ) {
    starts.push(next);
  }
  return weekdays.flatMap((weekday) =>
    starts.map((start) => ({
      weekday: WEEKDAYS[(WEEKDAYS.indexOf(weekday) + Math.floor(start / DAY_MINUTES)) % 7]!,
      time: timeOf(start),
      durationMinutes,
    })),
  );
}

/** Return the pause between the first two slots of a week, as a first value for new ones; 0 if there is none. */
export function pauseOf([first, second]: readonly WeeklySlot[]): number {
  const pause = first && second?.weekday === first.weekday ? minutesOfSlot(second)[0] - minutesOfSlot(first)[1] : 0;
  return pause <= MAX_PAUSE_MINUTES ? pause : 0;
}

/** Return the slots of the week with new ones, in order. They replace the slots that they overlap. */
export function withSlots(slots: readonly WeeklySlot[], added: readonly WeeklySlot[]): WeeklySlot[] {
  const others = slots.filter((slot) => !added.some((other) => overlap(spanOf(slot), spanOf(other))));
  return [...others, ...added].sort((one, other) => spanOf(one)[0] - spanOf(other)[0]);
}

/** Return the slots of the week that share a time with `times`. */
export function slotsWithin(slots: readonly WeeklySlot[], { weekdays, from, to }: Times): WeeklySlot[] {
  const spans = weekdays.map((weekday) => {
    const midnight = WEEKDAYS.indexOf(weekday) * DAY_MINUTES;
    return [midnight + from, midnight + Math.max(to, from + 1)] as const;
  });
  return slots.filter((slot) => spans.some((span) => overlap(spanOf(slot), span)));
}

/** Return the slots that a schedule gives a date, also those at a time that the clocks skip. */
export function slotsOn(schedule: Schedule, date: string): Omit<WeeklySlot, "weekday">[] {
  const weeks = Math.round((Date.parse(mondayOf(date)) - Date.parse(mondayOf(schedule.validFrom))) / WEEK_MS);
  const isBreak = (schedule.breaks ?? []).some(({ from, to }) => from <= date && date <= to);
  if (date < schedule.validFrom || weeks % schedule.everyWeeks !== 0 || isBreak) {
    return [];
  }
  const weekday = WEEKDAYS.find((_, i) => addDays(mondayOf(date), i) === date);
  return schedule.slots
    .filter((slot) => slot.weekday === weekday)
    .map(({ time, durationMinutes }) => ({ time, durationMinutes }));
}

/** Return the start and the end of a slot, in minutes since midnight. */
export function minutesOfSlot({ time, durationMinutes }: WeeklySlot): [number, number] {
  return [minutesOf(time), minutesOf(time) + durationMinutes];
}

/** Return the start and the end of a slot, in minutes since the week's begin. */
function spanOf(slot: WeeklySlot): [number, number] {
  const midnight = WEEKDAYS.indexOf(slot.weekday) * DAY_MINUTES;
  const [from, to] = minutesOfSlot(slot);
  return [midnight + from, midnight + to];
}

/** Return whether two times of the week overlap; the last ones may reach into the next week. */
function overlap([from, to]: readonly [number, number], [start, end]: readonly [number, number]): boolean {
  return [-WEEK_MINUTES, 0, WEEK_MINUTES].some((shift) => from + shift < end && start < to + shift);
}
