/** Lessons as a file that calendars import (RFC 5545). */

import type { Booking } from "slotledger-client";

/** A lesson, and what calendars call it. */
type Event = Pick<Booking, "bookingId" | "startsAt" | "endsAt"> & { summary: string };

/** The longest line, in bytes, without its end. */
const MAX_LINE = 75;

/** Return the text of an iCalendar file. `now` is when it is made. */
export function icsOf(events: readonly Event[], now: Date): string {
  return [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Slotledger//Dashboard//EN",
    ...events.flatMap(({ bookingId, startsAt, endsAt, summary }) => [
      "BEGIN:VEVENT",
      `UID:${bookingId}`,
      `DTSTAMP:${instantText(now)}`,
      `DTSTART:${instantText(new Date(startsAt))}`,
      `DTEND:${instantText(new Date(endsAt ?? startsAt))}`,
      `SUMMARY:${escaped(summary)}`,
      "END:VEVENT",
    ]),
    "END:VCALENDAR",
  ]
    .map((line) => `${folded(line)}\r\n`)
    .join("");
}

/** Return an instant in UTC: "20261201T160000Z". */
function instantText(instant: Date): string {
  return `${instant.toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}

function escaped(text: string): string {
  return text.replace(/[\\;,]/g, "\\$&").replace(/\r\n|\r|\n/g, "\\n");
}

/** Break a line into lines of at most 75 bytes, without breaking a character. Further lines begin with a space. */
function folded(line: string): string {
  const lines: string[] = [];
  let [current, size] = ["", 0];
  for (const character of line) {
    const bytes = new TextEncoder().encode(character).length;
    if (size + bytes > MAX_LINE) {
      lines.push(current);
      [current, size] = ["", 1]; // the space
    }
    current += character;
    size += bytes;
  }
  return [...lines, current].join("\r\n ");
}
