import FullCalendar, { useCalendarController } from "@fullcalendar/react";
import type { EventInput } from "@fullcalendar/react";
import interaction from "@fullcalendar/react/interaction";
import theme from "@fullcalendar/react/themes/classic";
import timeGrid from "@fullcalendar/react/timegrid";
import "@fullcalendar/react/skeleton.css";
import "@fullcalendar/react/themes/classic/theme.css";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { LOCALE, timeIn, dateIn, isSameZone, longDate, weekdayAndDay } from "../time";
import { clockChangeOn, dateAt, drawnSpan, minutesOf, slotName, spanOf, timeAt } from "../clock";
import { visibleSlots } from "./draft";
import type { Draft, VisibleSlot } from "./draft";
import "./week.css";

export interface CalendarProps {
  draft: Draft;
  /** Consecutive days. */
  dates: readonly string[];
  /** Days before this date can't be edited. */
  today: string;
  viewersZone: string;
  /** Called when a time is clicked (`to` is null) or a range is dragged over. Times are minutes since midnight. */
  onPick: (date: string, from: number, to: number | null) => void;
  onSlot: (date: string, slot: VisibleSlot) => void;
}

const MINUTE_MS = 60_000;
const SIGNS: Partial<Record<VisibleSlot["state"], string>> = { added: "+ ", removed: "− " };
const NOTES: Partial<Record<VisibleSlot["state"], string>> = { held: "Held", booked: "Booked" };
const STATE_NAMES: Record<VisibleSlot["state"], string> = {
  free: "free",
  held: "held for a student who is paying",
  booked: "booked",
  added: "to be added",
  removed: "to be removed",
};

/**
 * The calendar of a week or a day: a column for each day, with its slots. FullCalendar gets the tutor's local times as
 * if they were UTC, so that every browser shows the tutor's clock.
 */
export function Calendar({ draft, dates, today, viewersZone, onPick, onSlot }: CalendarProps) {
  const controller = useCalendarController();
  const first = dates[0]!;
  useLayoutEffect(() => controller.gotoDate(first), [first]);
  // FullCalendar changes its layout in the first two frames, so hide the calendar during these frames.
  const [isLaidOut, setIsLaidOut] = useState(false);
  useEffect(() => afterFrames(2, () => setIsLaidOut(true)), []);
  const box = useRef<HTMLDivElement>(null);
  const slotToFocus = useRef<string | null>(null);
  useEffect(() => {
    // If a slot was changed by keyboard, it has a new element: move the focus to this element.
    if (slotToFocus.current !== null) {
      box.current?.querySelector(`[data-slot="${slotToFocus.current}"]`)?.closest<HTMLElement>("[tabindex]")?.focus();
      slotToFocus.current = null;
    }
  });
  useEffect(() => {
    // Let one cell get the focus, so that an empty week can be scrolled by keyboard.
    box.current!.querySelector("[role=cell][data-date]")?.setAttribute("tabindex", "0");
  });
  const events = dates.flatMap((date) => [
    ...visibleSlots(draft, date).map((slot) => eventOf(draft.zone, date, slot)),
    ...skippedTimeEvents(draft.zone, date),
  ]);
  const spans = dates.flatMap((date) => visibleSlots(draft, date).map((slot) => drawnSpan(draft.zone, date, slot)));
  const [start, end] = spans.reduce((one, other) => (other[1] - other[0] < one[1] - one[0] ? other : one), [0, 1440]);
  const row = rowDuration(end - start);
  // The calendar is created again when the number of days or the duration of a row changes. Then scroll to the old
  // position. But if the shortest slot has less than 30 minutes, scroll to this slot, so that it is visible.
  const scrollMinutes = useRef(7.5 * 60);
  const scrollTime = useMemo(() => (end - start < 30 ? Math.max(0, start - 30) : scrollMinutes.current), [row, dates.length]);
  return (
    <div
      ref={box}
      className="hours"
      style={{ visibility: isLaidOut ? "visible" : "hidden" }}
      onScrollCapture={({ target }) => {
        const { scrollTop, scrollHeight } = target as HTMLElement;
        scrollMinutes.current = Math.round((scrollTop / scrollHeight) * 1440);
      }}
    >
      <FullCalendar
        key={`${dates.length} ${row}`}
        controller={controller}
        plugins={[timeGrid, interaction, theme]}
        initialView="shown"
        views={{ shown: { type: "timeGrid", dayCount: dates.length } }}
        initialDate={first}
        timeZone="UTC"
        now={() => localTimeAt(draft.zone, Date.now())}
        nowIndicator
        dayLaneClass={({ date }) => (dateOf(date) < today || !draft.loadedDays.has(dateOf(date)) ? "past" : "")}
        locale={LOCALE}
        firstDay={1}
        headerToolbar={false}
        allDaySlot={false}
        height="100%"
        scrollTime={{ minutes: scrollTime }}
        scrollTimeReset={false}
        slotDuration={row}
        snapDuration="00:15:00"
        slotHeaderInterval="01:00:00"
        slotHeaderFormat={{ hour: "2-digit", minute: "2-digit", hour12: false }}
        dayHeaderFormat={{ weekday: "short", day: "numeric", month: "short" }}
        slotEventOverlap={false}
        events={events}
        eventInteractive
        eventContent={({ event }) => <Content {...(event.extendedProps as SlotProps)} viewersZone={viewersZone} />}
        eventClass={({ event }) => `slot ${(event.extendedProps as SlotProps).slot?.state ?? ""}`}
        eventClick={({ event, jsEvent }) => {
          const { date, slot } = event.extendedProps as SlotProps;
          slotToFocus.current = jsEvent instanceof MouseEvent && jsEvent.detail > 0 ? null : keyOf(date, slot);
          onSlot(date, slot);
        }}
        selectable
        selectMinDistance={5}
        selectAllow={({ start, end }) => dateOf(start) === dateOf(new Date(end.getTime() - 1))}
        dateClick={({ date }) => onPick(dateOf(date), minutesInto(date, dateOf(date)), null)}
        select={({ start, end, view }) => {
          onPick(dateOf(start), minutesInto(start, dateOf(start)), minutesInto(end, dateOf(start)));
          view.calendar.unselect();
        }}
      />
    </div>
  );
}

interface SlotProps {
  zone: string;
  date: string;
  slot: VisibleSlot;
}

/** The text of a slot: its times and state, and its start in the viewer's zone if that is another zone. */
function Content({ zone, date, slot, viewersZone }: SlotProps & { viewersZone: string }) {
  const times = slotName(zone, date, slot);
  const viewersTime = isSameZone(viewersZone, zone) ? null : timeElsewhere(viewersZone, date, spanOf(zone, date, slot)[0]);
  const label = [longDate(date), times, STATE_NAMES[slot.state], ...(viewersTime ? [`${viewersTime} your time`] : [])];
  return (
    <span className="slot-text" data-slot={keyOf(date, slot)}>
      <span className="hidden">{label.join(", ")}</span>
      <span aria-hidden="true">
        {SIGNS[slot.state]}
        <span className="clock">{times}</span>
        <span className="more">{[NOTES[slot.state], viewersTime].filter(Boolean).join(" · ")}</span>
      </span>
    </span>
  );
}

/** Return the time of an instant in another zone, with the weekday and day if the date is not `date`. */
function timeElsewhere(zone: string, date: string, instant: number): string {
  const otherDate = dateIn(zone, new Date(instant));
  const time = timeIn(zone, new Date(instant));
  return otherDate === date ? time : `${weekdayAndDay(otherDate)}, ${time}`;
}

/** Call a function after a number of frames. Return a function that cancels the call. */
function afterFrames(frames: number, callBack: () => void): () => void {
  const next = () => (frames-- > 0 ? (id = requestAnimationFrame(next)) : callBack());
  let id = requestAnimationFrame(next);
  return () => cancelAnimationFrame(id);
}

function keyOf(date: string, { time, durationMinutes }: VisibleSlot): string {
  return `${date} ${time} ${durationMinutes}`;
}

function eventOf(zone: string, date: string, slot: VisibleSlot): EventInput {
  const extendedProps: SlotProps = { zone, date, slot };
  const [start, end] = drawnSpan(zone, date, slot).map((minutes) => Date.parse(date) + minutes * MINUTE_MS);
  return { id: keyOf(date, slot), start, end, extendedProps };
}

/** Return the duration of a row. It is shorter if there are short slots, so that they are tall enough to click. */
function rowDuration(shortestMinutes: number): string {
  return shortestMinutes < 15 ? "00:05:00" : shortestMinutes < 30 ? "00:15:00" : "00:30:00";
}

/** Return a background event if the clocks skip times on a date. It shows that no slot can start at these times. */
function skippedTimeEvents(zone: string, date: string): EventInput[] {
  const change = clockChangeOn(zone, date);
  if (!change?.isSkipped) {
    return [];
  }
  const [start, end] = [change.from, change.to].map((time) => Date.parse(date) + minutesOf(time) * MINUTE_MS);
  return [{ start, end, display: "background" }];
}

/** Return the local time of an instant as if it were UTC. */
function localTimeAt(zone: string, instant: number): string {
  return `${dateAt(zone, instant)}T${timeAt(zone, instant)}:00Z`;
}

/** Return the date of a local time that FullCalendar treats as UTC. */
function dateOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function minutesInto(instant: Date, date: string): number {
  return (instant.getTime() - Date.parse(date)) / MINUTE_MS;
}
