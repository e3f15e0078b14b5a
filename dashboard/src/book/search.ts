/** What the address of the booker says: what a viewer searches for, and which step is open. */

import type { Repeat, SlotSearch } from "slotledger-client";
import { spanOf } from "../clock";
import { LATEST, addDays, dateIn } from "../time";

/** Which free times to find. Dates and hours are in the viewer's zone. */
export interface Search {
  /** The date to begin at. If it is null, the search begins now. */
  date: string | null;
  /** The hour of each day to begin at: 0 to 23. */
  hour: number;
  /** The length of the slots. If it is null, slots of any length are found. */
  minutes: number | null;
  /** Only slots of tutors who have all of these tags are found. */
  tags: readonly string[];
}

/** How often to repeat a lesson: `count` lessons, one every 1 to 4 weeks. */
export type Rhythm = Pick<Repeat, "everyWeeks" | "count">;

/** The whole address. */
export interface Place extends Search {
  /** The tutor whose times are shown. Without one, the times of all tutors are. */
  tutorId: string | null;
  /** The shown month (`YYYY-MM`), if it isn't that of the date. */
  month: string | null;
  repeat: Rhythm | null;
  /** The start of the slot whose repetitions are shown. */
  at: string | null;
  /** The booking that is open: held, or booked just now. */
  bookingId: string | null;
}

/** A half-open interval of instants. */
export type Window = Pick<SlotSearch, "from" | "to">;

/** How many days one window has. The server allows less than 32. */
export const WINDOW_DAYS = 30;

const MINUTE_MS = 60_000;
const MAX_MINUTES = 720;

/**
 * Return what an address names: `date=2026-12-04&from=16&minutes=45&tag=maths&every=1&times=8`. Ignore what isn't
 * valid.
 */
export function placeOf(query: string): Place {
  const params = new URLSearchParams(query);
  const [date, month, at] = [params.get("date"), params.get("month"), params.get("at")];
  const [everyWeeks, count] = [numberIn(params.get("every"), 1, 4), numberIn(params.get("times"), 2, 52)];
  return {
    tutorId: params.get("tutor") || null,
    date: isDate(date) ? date : null,
    month: isDate(`${month}-01`) ? month : null,
    hour: numberIn(params.get("from"), 0, 23) ?? 0,
    minutes: numberIn(params.get("minutes"), 1, MAX_MINUTES),
    tags: params.getAll("tag").filter((tag) => tag !== ""),
    repeat: everyWeeks === null || count === null ? null : { everyWeeks, count },
    at: at !== null && !Number.isNaN(Date.parse(at)) ? at : null,
    bookingId: params.get("booking") || null,
  };
}

/** Return the query of an address. It is empty for the next free times of any tutor and any length. */
export function queryOf({ tutorId, date, month, hour, minutes, tags, repeat, at, bookingId }: Place): string {
  const params = new URLSearchParams(tutorId === null ? [] : [["tutor", tutorId]]);
  tags.forEach((tag) => params.append("tag", tag));
  const values = {
    ...{ minutes, date, month, from: hour || null, every: repeat?.everyWeeks, times: repeat?.count, at },
    booking: bookingId,
  };
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined) {
      params.set(name, String(value));
    }
  }
  return params.toString();
}

/** Return whether a text is a complete date that the server accepts. */
export function isDate(text: string | null): text is string {
  // `Date.parse` accepts 31 February, as a date in March.
  return /^\d{4}-\d\d-\d\d$/.test(text ?? "") && !Number.isNaN(Date.parse(text!)) && addDays(text!, 0) === text && text <= LATEST;
}

/** Return an hour as a time: "08:00". */
export function clock(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}

/**
 * Return the window to search first: from the start of the search, or from now if that is over, to the midnight that ends
 * the last of 30 days. It begins at a full minute, so that searches of the same minute are the same request.
 */
export function firstWindow({ date, hour }: Pick<Search, "date" | "hour">, zone: string, now: Date): Window {
  const minute = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  const start = date === null ? minute : instantOf(zone, date, hour);
  return windowFrom(zone, Math.max(minute, start));
}

/** Return the window after a window. */
export function nextWindow({ to }: Window, zone: string): Window {
  return windowFrom(zone, Date.parse(to));
}

function windowFrom(zone: string, start: number): Window {
  const from = new Date(start);
  const to = new Date(instantOf(zone, addDays(dateIn(zone, from), WINDOW_DAYS), 0));
  return { from: from.toISOString(), to: to.toISOString() };
}

function instantOf(timeZone: string, date: string, hour: number): number {
  return spanOf(date, { time: clock(hour), durationMinutes: 0, timeZone })[0];
}

function numberIn(text: string | null, least: number, most: number): number | null {
  const number = /^\d{1,3}$/.test(text ?? "") ? Number(text) : -1;
  return least <= number && number <= most ? number : null;
}
