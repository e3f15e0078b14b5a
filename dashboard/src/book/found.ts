/** Reading what a search finds, page by page and window by window. */

import type { FoundSlot, FoundSlots, SlotSearch } from "slotledger-client";
import { timeAt } from "../clock";
import { clock, nextWindow } from "./search";
import type { Search, Window } from "./search";

/** How many slots are shown at first, and how many more each time. */
export const PAGE = 50;
/** The largest page of the server. */
const MAX_PAGE = 500;
/** How many pages are read at most, if most of the slots are at other hours. */
const MAX_PAGES = 10;

/** What was read so far, by start. */
export interface Found {
  slots: readonly FoundSlot[];
  /** How many windows were read to their end. */
  windows: number;
  /** What to read next. With a cursor, it is the rest of a window. Otherwise, it is a new window. */
  next: Window & { cursor?: string };
}

/** How far to read: until there are so many slots, or until so many windows were read. */
export interface Goal {
  slots: number;
  windows: number;
}

/** Return what is found before anything is read. */
export function nothingRead(window: Window): Found {
  return { slots: [], windows: 0, next: window };
}

/**
 * Read on from what was read before, until a goal is reached. `find` requests a page. The server doesn't search by the
 * hour of the day, so slots at other hours are left out here.
 */
export async function readOn(
  find: (search: SlotSearch) => PromiseLike<FoundSlots>,
  { minutes, tags, hour }: Pick<Search, "minutes" | "tags" | "hour">,
  zone: string,
  found: Found,
  goal: Goal,
): Promise<Found> {
  const filters = { tags, minMinutes: minutes ?? undefined, maxMinutes: minutes ?? undefined };
  const isWanted = ({ startsAt }: FoundSlot) => hour === 0 || timeAt(zone, Date.parse(startsAt)) >= clock(hour);
  for (let page = 0; page < MAX_PAGES && found.slots.length < goal.slots && found.windows < goal.windows; page++) {
    const limit = hour === 0 ? Math.min(goal.slots - found.slots.length, MAX_PAGE) : MAX_PAGE;
    const { slots, nextCursor } = await find({ ...filters, ...found.next, limit });
    found = {
      slots: [...found.slots, ...slots.filter(isWanted)],
      windows: found.windows + (nextCursor === null ? 1 : 0),
      next: nextCursor === null ? nextWindow(found.next, zone) : { ...found.next, cursor: nextCursor },
    };
  }
  return found;
}

/** Return the goal when the viewer wants to see more: more slots, in the next window if this one was read. */
export function furtherGoal({ slots, windows }: Found): Goal {
  return { slots: slots.length + PAGE, windows: windows + 1 };
}

/** Return whether a window has slots that weren't read. */
export function hasMore({ next }: Found): boolean {
  return next.cursor !== undefined;
}
