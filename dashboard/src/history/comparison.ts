import type { Day, TimeSlot } from "slotledger-client";
import { drawnParts, spanOf } from "../clock";
import type { ZonedSlot } from "../clock";
import { t } from "../texts";
import { mondayInWeekOf } from "../time";
import type { PicturedSlot } from "./MiniWeek";

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

/** Return the days with those of their slots that start in the week of a Monday in a zone, or go on in it. */
export function slotsInWeek(days: readonly Day[], week: string, zone: string): Day[] {
  const isInWeek = (date: string, slot: TimeSlot) =>
    drawnParts(zone, spanOf(date, { ...slot, timeZone: slot.timeZone ?? zone })).some((part) => mondayInWeekOf(part.date) === week);
  return days.map((day) => ({ ...day, timeSlots: day.timeSlots.filter((slot) => isInWeek(day.date, slot)) }));
}

/** What a slot was, or is. */
export type SlotState = "free" | "booked" | "gone" | "never";

/** A slot that is different now: what it was then, and what it is. */
export interface SlotDifference {
  slot: ZonedSlot & { date: string };
  was: SlotState;
  is: SlotState;
}

/** Return the slots that are different, by date and time. */
export function differencesOf(days: readonly ComparedDay[], zone: string): SlotDifference[] {
  return days.flatMap(({ date, then, now }) => {
    const differences = then
      .filter(({ difference }) => difference !== null)
      .map((slot): SlotDifference => ({
        slot: zoned(date, slot, zone),
        was: stateOf(slot),
        is: slot.difference === "not offered" ? "gone" : slot.status === "BOOKED" ? "free" : "booked",
      }));
    const added = now
      .filter(({ difference }) => difference === "not offered")
      .map((slot): SlotDifference => ({ slot: zoned(date, slot, zone), was: "never", is: stateOf(slot) }));
    return [...differences, ...added].sort((a, b) => (a.slot.time < b.slot.time ? -1 : 1));
  });
}

/** Return the slots for the pictures of the week then and now. What was removed is still in the picture of now. */
export function picturesOf(days: readonly ComparedDay[], zone: string): { then: PicturedSlot[]; now: PicturedSlot[] } {
  const pictured = (date: string, slot: ComparedSlot, otherTime: "then" | "now"): PicturedSlot => ({
    ...zoned(date, slot, zone),
    state: stateOf(slot),
    difference: differenceText(slot, otherTime),
  });
  return {
    then: days.flatMap(({ date, then }) => then.map((slot) => pictured(date, slot, "now"))),
    now: days.flatMap(({ date, then, now }) => [
      ...now.map((slot) => pictured(date, slot, "then")),
      ...then
        .filter(({ difference }) => difference === "not offered")
        .map((slot): PicturedSlot => ({ ...zoned(date, slot, zone), state: "gone", difference: t.history.offeredThen })),
    ]),
  };
}

function zoned(date: string, { time, durationMinutes, timeZone }: ComparedSlot, zone: string): ZonedSlot & { date: string } {
  return { date, time, durationMinutes, timeZone: timeZone ?? zone };
}

function stateOf({ status }: ComparedSlot): "free" | "booked" {
  return status === "BOOKED" ? "booked" : "free";
}

/** Return what a slot is at the other time; undefined if it is the same. */
function differenceText({ difference, status }: ComparedSlot, otherTime: "then" | "now"): string | undefined {
  if (difference === null) {
    return undefined;
  }
  const state = difference === "not offered" ? "never" : status === "BOOKED" ? "free" : "booked";
  return otherTime === "now" ? t.history.isNow(t.history.states[state]) : t.history.wasThen(t.history.states[state]);
}
