import type { Booking } from "slotledger-client";
import { t } from "../texts";
import { icsOf } from "./ics";

/** Let the browser save lessons as a file for calendars. */
export function downloadIcs(lessons: readonly Booking[]): void {
  const event = (lesson: Booking) => ({ ...lesson, summary: t.lessons.event(lesson.tutorName) });
  const url = URL.createObjectURL(new Blob([icsOf(lessons.map(event), new Date())], { type: "text/calendar;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `lesson-${lessons[0]!.startsAt.slice(0, 10)}.ics`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // some browsers read it a moment later
}
