import { expect, test } from "vitest";
import { icsOf } from "../src/lessons/ics";

const NOW = new Date("2026-11-30T12:00:00Z");
const LESSON = { bookingId: "5d0f0c7e", startsAt: "2026-12-01T17:00:00+13:00", endsAt: "2026-12-01T17:45:00+13:00" };

test("a lesson is an event in UTC, with lines that end as the standard says", () => {
  expect(icsOf([{ ...LESSON, summary: "Lesson with Maya" }], NOW).split("\r\n")).toEqual([
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Slotledger//Dashboard//EN",
    "BEGIN:VEVENT",
    "UID:5d0f0c7e",
    "DTSTAMP:20261130T120000Z",
    "DTSTART:20261201T040000Z",
    "DTEND:20261201T044500Z",
    "SUMMARY:Lesson with Maya",
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ]);
});

test("what has a meaning in such a file is escaped", () => {
  expect(icsOf([{ ...LESSON, summary: "A; B, C\\D\r\nE" }], NOW)).toContain("SUMMARY:A\\; B\\, C\\\\D\\nE\r\n");
});

test("lines have at most 75 bytes, and no character is broken", () => {
  const summary = "Grüße 🎓 ".repeat(20);
  const lines = icsOf([{ ...LESSON, summary }], NOW).split("\r\n");
  expect(Math.max(...lines.map((line) => new TextEncoder().encode(line).length))).toBeLessThanOrEqual(75);
  expect(lines.join("\n")).toContain("\n ");
  expect(lines.join("\r\n").replaceAll("\r\n ", "")).toContain(`SUMMARY:${summary}`);
});

test("lessons of a series are events of one file", () => {
  const text = icsOf(["a", "b"].map((bookingId) => ({ ...LESSON, bookingId, summary: "" })), NOW);
  expect(text.match(/UID:.|BEGIN:V\w+/g)).toEqual(["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:a", "BEGIN:VEVENT", "UID:b"]);
});
