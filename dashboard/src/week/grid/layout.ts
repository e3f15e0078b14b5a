/** What the week draws: the parts of slots on each date, and how parts that overlap lie side by side. */

import { MAX_DATES_APART, drawnParts, spanOf } from "../../clock";
import type { DrawnPart } from "../../clock";
import type { FreeSlot } from "../../freeSlots";
import { addDays } from "../../time";
import { isTarget } from "../bookings";
import { visibleSlots } from "../draft";
import type { Draft, VisibleSlot } from "../draft";

/**
 * A slot, or a part of it, as it is drawn on a date of the tutor's calendar. A slot is drawn at its instants, also if it is
 * in another zone: so it may be drawn on another date than its own, and on two dates if it goes over midnight.
 */
export interface DrawnSlot {
  /** The date that the slot belongs to, in its own zone. */
  date: string;
  slot: VisibleSlot;
  part: DrawnPart;
  /** Whether the part before is drawn on the day before. */
  isContinued: boolean;
  /** Whether the next part is drawn on the next day. */
  continues: boolean;
  /** The part's place among parts that overlap it: the lane, and how many lanes there are. */
  lane: number;
  lanes: number;
}

/** Return the parts that are drawn on consecutive dates, by date and in order. */
export function drawnOn(draft: Draft, dates: readonly string[]): Map<string, DrawnSlot[]> {
  const drawn = new Map(dates.map((date): [string, DrawnSlot[]] => [date, []]));
  for (const date of datesNear(dates)) {
    for (const slot of visibleSlots(draft, date)) {
      const parts = drawnParts(draft.zone, spanOf(date, slot));
      parts.forEach((part, i) =>
        drawn.get(part.date)?.push({
          ...{ date, slot, part, lane: 0, lanes: 1 },
          isContinued: i > 0,
          continues: i < parts.length - 1,
        }),
      );
    }
  }
  return new Map([...drawn].map(([date, slots]) => [date, inLanes(slots)]));
}

/** Return a key that a slot keeps while it is shown, also when its state changes. */
export function keyOf({ date, slot, part }: Pick<DrawnSlot, "date" | "slot" | "part">): string {
  return `${date} ${slot.time} ${slot.durationMinutes} ${slot.timeZone} ${part.date}`;
}

/** Return parts in order, with lanes for those that overlap: clocks that are put back, a change that isn't saved. */
function inLanes(slots: readonly DrawnSlot[]): DrawnSlot[] {
  const sorted = [...slots].sort((one, other) => one.part.from - other.part.from || other.part.to - one.part.to);
  const result: DrawnSlot[] = [];
  let group: DrawnSlot[] = [];
  let ends: number[] = []; // the end of each lane of the group
  const close = () => {
    result.push(...group.map((each) => ({ ...each, lanes: ends.length })));
    [group, ends] = [[], []];
  };
  for (const each of sorted) {
    if (group.length > 0 && ends.every((end) => end <= each.part.from)) {
      close();
    }
    const free = ends.findIndex((end) => end <= each.part.from);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = each.part.to;
    group.push({ ...each, lane });
  }
  close();
  return result;
}

/** Return consecutive dates, and the dates around them whose slots may be drawn on them. */
function datesNear(dates: readonly string[]): string[] {
  const first = addDays(dates[0]!, -MAX_DATES_APART);
  return Array.from({ length: dates.length + 2 * MAX_DATES_APART }, (_, i) => addDays(first, i));
}

/** Return the free slot of a column that shares the most time with an interval. Return undefined if there is none. */
export function freeSlotAt(draft: Draft, column: readonly DrawnSlot[], from: number, to: number): FreeSlot | undefined {
  const shared = ({ part }: DrawnSlot) => Math.min(to, part.to) - Math.max(from, part.from);
  const free = column.filter((each) => each.slot.state === "free" && shared(each) > 0);
  const best = free.sort((one, other) => shared(other) - shared(one))[0];
  const saved = draft.loadedDays.get(best?.date ?? "")?.timeSlots.find(({ time }) => time === best!.slot.time);
  return saved && isTarget(saved) ? { ...saved, date: best!.date } : undefined;
}
