import FullCalendar, { useCalendarController } from "@fullcalendar/react";
import type { EventInput } from "@fullcalendar/react";
import interaction from "@fullcalendar/react/interaction";
import theme from "@fullcalendar/react/themes/classic";
import timeGrid from "@fullcalendar/react/timegrid";
import "@fullcalendar/react/skeleton.css";
import "@fullcalendar/react/themes/classic/theme.css";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Booking } from "slotledger-client";
import type { FreeSlot } from "../freeSlots";
import { addDays, formatLocale, isSameZone, longDate, placeOf, weekdayAndDay, zoneName } from "../time";
import { MAX_DATES_APART, clockChangeOn, dateAt, drawnParts, minutesOf, spanName, spanOf, timeAt } from "../clock";
import type { DrawnPart } from "../clock";
import { isChangeable, isTarget, outcomeOf, slotKey, studentOf } from "./bookings";
import type { BookingsBySlot } from "./bookings";
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
  bookings: BookingsBySlot;
  /**
   * Called when a time is clicked (`to` is null) or a range is dragged over. Times are minutes since midnight of the
   * date; `to` is more than a day after a drag over midnight.
   */
  onPick: (date: string, from: number, to: number | null) => void;
  /** Called with a slot that is clicked, and the date that the slot belongs to. */
  onSlot: (date: string, slot: VisibleSlot) => void;
  /** Called with a booking that is dragged, and the free slot on which it is dropped. */
  onMove: (booking: Booking, target: FreeSlot) => void;
  /** Called when a booking is dropped where no slot is free. */
  onMissed: () => void;
}

const MINUTE_MS = 60_000;
/** Shorter slots have their text in one line. */
const ONE_LINE_MINUTES = 45;
/** The longest drag over midnight: as long as a slot can be. */
const MAX_NIGHT_MS = 720 * MINUTE_MS;
const SIGNS: Partial<Record<VisibleSlot["state"], string>> = { added: "+ ", removed: "− " };
const NOTES: Partial<Record<VisibleSlot["state"], string>> = { held: "Held", booked: "Booked" };
const STATE_NAMES: Record<VisibleSlot["state"], string> = {
  free: "free",
  held: "held for a student who is paying",
  booked: "booked",
  added: "to be added",
  removed: "to be removed",
};

/** Why nobody can book a free slot, as a note in the slot and as a sentence. Slots of the past need no note. */
const OBSTACLES: Record<NonNullable<VisibleSlot["notBookable"]>, { note?: string; hint: string }> = {
  inactive: { note: "Not active", hint: "Nobody can book this: the tutor is not active" },
  past: { hint: "Nobody can book this: it has begun" },
  too_soon: { note: "Too soon", hint: "Nobody can book this: it starts too soon" },
};

/**
 * The calendar of a week or a day: a column for each day, with its slots. FullCalendar gets the tutor's local times as
 * if they were UTC, so that every browser shows the tutor's clock.
 *
 * A slot is drawn at its instants, also if it is in another zone. So it may be drawn on another date than its own, and
 * on two dates if it goes over midnight.
 */
export function Calendar(props: CalendarProps) {
  const { draft, dates, today, viewersZone, bookings, onPick, onSlot, onMove, onMissed } = props;
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
  const drawn = datesNear(dates).flatMap((date) =>
    visibleSlots(draft, date).flatMap((slot) => drawnSlots(draft.zone, date, slot).filter(({ part }) => dates.includes(part.date))),
  );
  const slotEvents = drawn.map((each) => eventOf(each, bookings.get(slotKey(each.date, each.slot))));
  const events = [...slotEvents, ...dates.flatMap((date) => skippedTimeEvents(draft.zone, date))];
  const [start, minutes] = drawn.reduce(
    (shortest, { slot, part }) => (slot.durationMinutes < shortest[1] ? [part.from, slot.durationMinutes] : shortest),
    [0, 1440],
  );
  const row = rowDuration(minutes);
  // The calendar is created again when the number of days or the duration of a row changes. Then scroll to the old
  // position. But if the shortest slot has less than 30 minutes, scroll to this slot, so that it is visible.
  const scrollMinutes = useRef(7.5 * 60);
  const scrollTime = useMemo(() => (minutes < 30 ? Math.max(0, start - 30) : scrollMinutes.current), [row, dates.length]);
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
        locale={formatLocale()}
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
        eventContent={({ event }) => <Content {...(event.extendedProps as DrawnSlot)} viewersZone={viewersZone} />}
        eventClass={({ event }) => classOf(event.extendedProps as Partial<DrawnSlot>)}
        eventClick={({ event, jsEvent }) => {
          const { date, slot } = event.extendedProps as DrawnSlot;
          slotToFocus.current = jsEvent instanceof MouseEvent && jsEvent.detail > 0 ? null : keyOf(date, slot);
          onSlot(date, slot);
        }}
        eventDrop={({ event, revert }) => {
          revert(); // the booking is moved when the tutor has confirmed it
          const { booking } = event.extendedProps as DrawnSlot;
          const target = freeSlotAt(draft, drawn, event.start!.getTime(), event.end!.getTime());
          if (booking && target) {
            onMove(booking, target);
          } else {
            onMissed();
          }
        }}
        selectable
        selectMinDistance={5}
        selectAllow={({ start, end }) =>
          dateOf(start) === dateOf(new Date(end.getTime() - 1)) || end.getTime() - start.getTime() <= MAX_NIGHT_MS
        }
        dateClick={({ date }) => onPick(dateOf(date), minutesInto(date, dateOf(date)), null)}
        select={({ start, end, view }) => {
          onPick(dateOf(start), minutesInto(start, dateOf(start)), minutesInto(end, dateOf(start)));
          view.calendar.unselect();
        }}
      />
    </div>
  );
}

/** A slot, or a part of it, as the calendar draws it. */
interface DrawnSlot {
  /** The tutor's zone. */
  zone: string;
  /** The date that the slot belongs to, in its own zone. */
  date: string;
  slot: VisibleSlot;
  part: DrawnPart;
  /** Whether the part before is drawn on the day before. */
  isContinued: boolean;
  /** Whether the next part is drawn on the next day. */
  continues: boolean;
  /** The booking that occupies the slot, if it is loaded. */
  booking?: Booking;
}

/** Return a slot as it is drawn in a calendar of the tutor's zone: one part, or two if it goes over midnight. */
function drawnSlots(zone: string, date: string, slot: VisibleSlot): DrawnSlot[] {
  const parts = drawnParts(zone, spanOf(date, slot));
  return parts.map((part, i) => ({ zone, date, slot, part, isContinued: i > 0, continues: i < parts.length - 1 }));
}

/**
 * The text of a slot: its times on the tutor's clock and its state. If the slot is in another zone, or the viewer is,
 * also its start there.
 */
function Content({ zone, date, slot, part, isContinued, continues, booking, viewersZone }: DrawnSlot & { viewersZone: string }) {
  const span = spanOf(date, slot);
  const times = spanName(zone, span);
  const obstacle = slot.notBookable && OBSTACLES[slot.notBookable];
  const startDate = dateAt(zone, span[0]);
  const timeIn = (other: string) => (isSameZone(other, zone) ? null : timeElsewhere(other, startDate, span[0]));
  const ownTime = timeIn(slot.timeZone);
  const viewersTime = timeIn(viewersZone);
  const label = [
    longDate(part.date),
    times,
    STATE_NAMES[slot.state],
    booking && studentOf(booking),
    booking && outcomeOf(booking),
    isContinued && "since the day before",
    continues && "until the next day",
    ownTime && `offered as ${ownTime} ${zoneName(slot.timeZone)}`,
    obstacle?.hint,
    viewersTime && `${viewersTime} your time`,
  ];
  const isBooked = booking !== undefined && slot.state === "booked";
  const notes = [
    !isBooked && NOTES[slot.state],
    booking && studentOf(booking),
    booking && outcomeOf(booking),
    obstacle?.note,
    viewersTime,
  ];
  return (
    <span className="slot-text" data-slot={keyOf(date, slot)} title={obstacle?.hint}>
      <span className="hidden">{label.filter(Boolean).join(", ")}</span>
      <span aria-hidden="true">
        {SIGNS[slot.state]}
        <span className="clock">{times}</span>
        <span className="more">{notes.filter(Boolean).join(" · ")}</span>
        {ownTime && (
          <span className="zone">
            {ownTime} {placeOf(slot.timeZone)}
          </span>
        )}
      </span>
    </span>
  );
}

function classOf({ slot, part, isContinued, continues, booking }: Partial<DrawnSlot>): string {
  return [
    "slot",
    slot?.state,
    part && part.to - part.from < ONE_LINE_MINUTES && "one-line",
    slot?.notBookable && "unbookable",
    booking && "has-booking",
    isContinued && "is-continued",
    continues && "continues",
  ]
    .filter(Boolean)
    .join(" ");
}

/** Return the time of an instant in another zone, with the weekday and day if the date is not `date`. */
function timeElsewhere(zone: string, date: string, instant: number): string {
  const otherDate = dateAt(zone, instant);
  const time = timeAt(zone, instant);
  return otherDate === date ? time : `${weekdayAndDay(otherDate)}, ${time}`;
}

/** Return consecutive dates, and the dates around them whose slots may be drawn on them. */
function datesNear(dates: readonly string[]): string[] {
  const around = Array.from({ length: MAX_DATES_APART }, (_, i) => i + 1);
  return [
    ...around.map((days) => addDays(dates[0]!, -days)).reverse(),
    ...dates,
    ...around.map((days) => addDays(dates.at(-1)!, days)),
  ];
}

/** Call a function after a number of frames. Return a function that cancels the call. */
function afterFrames(frames: number, callBack: () => void): () => void {
  const next = () => (frames-- > 0 ? (id = requestAnimationFrame(next)) : callBack());
  let id = requestAnimationFrame(next);
  return () => cancelAnimationFrame(id);
}

function keyOf(date: string, { time, durationMinutes, timeZone }: VisibleSlot): string {
  return `${date} ${time} ${durationMinutes} ${timeZone}`;
}

/** Return a slot as an event of the calendar. A booking that can be moved can be dragged. */
function eventOf(drawn: DrawnSlot, booked: Booking | undefined): EventInput {
  const { date, slot } = drawn;
  const booking = slot.state === "booked" || slot.state === "held" ? booked : undefined;
  const [start, end] = drawnSpan(drawn);
  const startEditable = booking !== undefined && isChangeable(booking, Date.now());
  return { id: `${keyOf(date, slot)} ${drawn.part.date}`, start, end, startEditable, extendedProps: { ...drawn, booking } };
}

/** Return where a part of a slot is drawn: the tutor's local times as if they were UTC, in milliseconds. */
function drawnSpan({ part }: DrawnSlot): [number, number] {
  const midnight = Date.parse(part.date);
  return [midnight + part.from * MINUTE_MS, midnight + part.to * MINUTE_MS];
}

/** Return the free slot that shares the most time with a drawn interval. Return undefined if there is none. */
function freeSlotAt(draft: Draft, drawn: readonly DrawnSlot[], start: number, end: number): FreeSlot | undefined {
  const shared = (each: DrawnSlot) => Math.min(end, drawnSpan(each)[1]) - Math.max(start, drawnSpan(each)[0]);
  const free = drawn.filter((each) => each.slot.state === "free" && shared(each) > 0);
  const best = free.sort((one, other) => shared(other) - shared(one))[0];
  const saved = draft.loadedDays.get(best?.date ?? "")?.timeSlots.find(({ time }) => time === best!.slot.time);
  return saved && isTarget(saved) ? { ...saved, date: best!.date } : undefined;
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
