import FullCalendar, { useCalendarController } from "@fullcalendar/react";
import type { EventInput } from "@fullcalendar/react";
import interaction from "@fullcalendar/react/interaction";
import theme from "@fullcalendar/react/themes/classic";
import timeGrid from "@fullcalendar/react/timegrid";
import "@fullcalendar/react/skeleton.css";
import "@fullcalendar/react/themes/classic/theme.css";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { LOCALE, clockIn, dateIn, isSameZone, longDate, weekdayAndDay } from "../time";
import { clockChangeOn, dateAt, drawnSpan, minutesOf, slotName, spanOf, timeAt } from "../clock";
import { shownOn } from "./draft";
import type { Draft, ShownSlot } from "./draft";
import "./week.css";

export interface CalendarProps {
  draft: Draft;
  /** The days that are shown, one after the other. */
  dates: readonly string[];
  /** Days before it can't be edited any more. */
  today: string;
  viewersZone: string;
  /** A time was clicked, or a range dragged over: minutes since midnight. */
  onPick: (date: string, from: number, to: number | null) => void;
  onSlot: (date: string, slot: ShownSlot) => void;
}

const MINUTE_MS = 60_000;
const SIGNS: Partial<Record<ShownSlot["state"], string>> = { added: "+ ", removed: "− " };
const NAMES: Partial<Record<ShownSlot["state"], string>> = { held: "Held", booked: "Booked" };
const WORDS: Record<ShownSlot["state"], string> = {
  free: "free",
  held: "held for a student who is paying",
  booked: "booked",
  added: "to be offered",
  removed: "to be withdrawn",
};

/**
 * Days as columns of hours. The calendar is told all times as if they were UTC, so that it shows the tutor's clock,
 * whatever zone the browser is in; in nights when the clock is changed, slots are drawn by their length.
 */
export function Calendar({ draft, dates, today, viewersZone, onPick, onSlot }: CalendarProps) {
  const controller = useCalendarController();
  const first = dates[0]!;
  useLayoutEffect(() => controller.gotoDate(first), [first]);
  // It measures itself once it is there, and lays out anew: that isn't to be seen.
  const [isSettled, setIsSettled] = useState(false);
  useEffect(() => afterFrames(2, () => setIsSettled(true)), []);
  const box = useRef<HTMLDivElement>(null);
  const focused = useRef<string | null>(null);
  useEffect(() => {
    // A slot that was changed is drawn anew, and would lose the keyboard.
    if (focused.current !== null) {
      box.current?.querySelector(`[data-slot="${focused.current}"]`)?.closest<HTMLElement>("[tabindex]")?.focus();
      focused.current = null; // once: the keyboard may go elsewhere
    }
  });
  useEffect(() => {
    // What scrolls has to be reached by keyboard, also where there is no slot in it.
    box.current!.querySelector("[role=cell][data-date]")?.setAttribute("tabindex", "0");
  });
  const events = dates.flatMap((date) => [
    ...shownOn(draft, date).map((slot) => eventOf(draft.zone, date, slot)),
    ...clockChange(draft.zone, date),
  ]);
  const spans = dates.flatMap((date) => shownOn(draft, date).map((slot) => drawnSpan(draft.zone, date, slot)));
  const [start, end] = spans.reduce((one, other) => (other[1] - other[0] < one[1] - one[0] ? other : one), [0, 1440]);
  const row = rowOf(end - start);
  // With other rows it is made anew, and begins where it was, or with the slot that needs the finer ones.
  const top = useRef(7.5 * 60);
  const scrollTime = useMemo(() => (end - start < 30 ? Math.max(0, start - 30) : top.current), [row, dates.length]);
  return (
    <div
      ref={box}
      className="hours"
      style={{ visibility: isSettled ? "visible" : "hidden" }}
      onScrollCapture={({ target }) => {
        const { scrollTop, scrollHeight } = target as HTMLElement;
        top.current = Math.round((scrollTop / scrollHeight) * 1440);
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
        dayLaneClass={({ date }) => (dateOf(date) < today || !draft.read.has(dateOf(date)) ? "over" : "")}
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
        eventContent={({ event }) => <Content {...(event.extendedProps as Told)} viewersZone={viewersZone} />}
        eventClass={({ event }) => `slot ${(event.extendedProps as Told).slot?.state ?? ""}`}
        eventClick={({ event, jsEvent }) => {
          const { date, slot } = event.extendedProps as Told;
          focused.current = jsEvent instanceof MouseEvent && jsEvent.detail > 0 ? null : keyOf(date, slot);
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

interface Told {
  zone: string;
  date: string;
  slot: ShownSlot;
}

function Content({ zone, date, slot, viewersZone }: Told & { viewersZone: string }) {
  const times = slotName(zone, date, slot);
  const theirs = isSameZone(viewersZone, zone) ? null : timeThere(viewersZone, date, spanOf(zone, date, slot)[0]);
  const said = [longDate(date), times, WORDS[slot.state], ...(theirs ? [`${theirs} your time`] : [])];
  return (
    <span className="told" data-slot={keyOf(date, slot)}>
      <span className="hidden">{said.join(", ")}</span>
      <span aria-hidden="true">
        {SIGNS[slot.state]}
        <span className="clock">{times}</span>
        <span className="more">{[NAMES[slot.state], theirs].filter(Boolean).join(" · ")}</span>
      </span>
    </span>
  );
}

/** What the clock shows elsewhere, and the weekday where it is another one. */
function timeThere(zone: string, date: string, instant: number): string {
  const there = dateIn(zone, new Date(instant));
  const time = clockIn(zone, new Date(instant));
  return there === date ? time : `${weekdayAndDay(there)}, ${time}`;
}

/** Calls back once so many frames were drawn; returns what calls that off. */
function afterFrames(frames: number, callBack: () => void): () => void {
  const next = () => (frames-- > 0 ? (id = requestAnimationFrame(next)) : callBack());
  let id = requestAnimationFrame(next);
  return () => cancelAnimationFrame(id);
}

function keyOf(date: string, { time, durationMinutes }: ShownSlot): string {
  return `${date} ${time} ${durationMinutes}`;
}

function eventOf(zone: string, date: string, slot: ShownSlot): EventInput {
  const told: Told = { zone, date, slot };
  const [start, end] = drawnSpan(zone, date, slot).map((minutes) => Date.parse(date) + minutes * MINUTE_MS);
  return { id: keyOf(date, slot), start, end, extendedProps: told };
}

/** How long a row of the grid stands for: a quarter of an hour or less where slots are so short that they'd be lines. */
function rowOf(shortest: number): string {
  return shortest < 15 ? "00:05:00" : shortest < 30 ? "00:15:00" : "00:30:00";
}

/** The hours that the clock jumps over, in which nothing can be offered. */
function clockChange(zone: string, date: string): EventInput[] {
  const change = clockChangeOn(zone, date);
  if (!change?.isSkipped) {
    return [];
  }
  const [start, end] = [change.from, change.to].map((time) => Date.parse(date) + minutesOf(time) * MINUTE_MS);
  return [{ start, end, display: "background" }];
}

/** Returns what the tutor's clock shows, as if it were UTC. */
function localTimeAt(zone: string, instant: number): string {
  return `${dateAt(zone, instant)}T${timeAt(zone, instant)}:00Z`;
}

function dateOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function minutesInto(instant: Date, date: string): number {
  return (instant.getTime() - Date.parse(date)) / MINUTE_MS;
}
