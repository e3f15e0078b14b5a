/** How found times are said. `zone` is the viewer's time zone, and `today` the date there. */

import type { FoundSlot } from "slotledger-client";
import { zoneLabel } from "../freeSlots";
import { plural } from "../labels";
import { addDays, dateIn, longDate, unambiguousTimeIn } from "../time";
import type { Found } from "./found";
import { WINDOW_DAYS, clock } from "./search";
import type { Search } from "./search";

/** Return the name of a day: "Today", "Tomorrow", "Friday 4 December". */
export function dayName(date: string, today: string): string {
  return { [today]: "Today", [addDays(today, 1)]: "Tomorrow" }[date] ?? longDate(date, today);
}

/** Return the heading of a day: "Tomorrow, Wednesday 2 December", "Friday 4 December". */
export function dayHeading(date: string, today: string): string {
  return [...new Set([dayName(date, today), longDate(date, today)])].join(", ");
}

/** Return what a slot's button says: "17:00 with Maya, 45 minutes". The day is in the heading above. */
export function slotLabel({ startsAt, tutorName, durationMinutes }: FoundSlot, zone: string): string {
  return `${unambiguousTimeIn(zone, new Date(startsAt))} with ${tutorName}, ${plural(durationMinutes, "minute")}`;
}

/** If a slot is on another date for the tutor, return its date and time there: "Tue 8, 00:30 Tokyo time". */
export function otherDateLabel(slot: FoundSlot, zone: string): string | null {
  return slot.date === dateIn(zone, new Date(slot.startsAt)) ? null : zoneLabel(slot, zone);
}

/** Return what was found in a sentence. If nothing is free on the chosen date, say so. */
export function resultText(found: Found, { date, hour }: Search, zone: string, today: string): string {
  const { slots } = found;
  if (slots.length === 0) {
    return `Nothing is free until ${lastDateFound(found, zone, today)}.`;
  }
  const first = dateIn(zone, new Date(slots[0]!.startsAt));
  const isLater = date !== null && date >= today && first > date;
  const from = hour === 0 ? "" : ` from ${clock(hour)}`;
  const before = isLater ? `Nothing is free on ${longDate(date, today)}${from}. The next free times are below. ` : "";
  const rest = hasMore(found) ? ", and there are more" : ` until ${lastDateFound(found, zone, today)}`;
  return `${before}${plural(slots.length, "free time")}${rest}.`;
}

/** Return what the button below the found times says. */
export function moreText(found: Found): string {
  return hasMore(found) ? "Show more" : `Look at the following ${WINDOW_DAYS} days`;
}

function hasMore({ next }: Found): boolean {
  return next.cursor !== undefined;
}

/** Return the last date that was searched. */
function lastDateFound({ next }: Found, zone: string, today: string): string {
  return longDate(addDays(dateIn(zone, new Date(next.from)), -1), today);
}
