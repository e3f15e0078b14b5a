import { useLayoutEffect, useMemo, useRef, useState } from "react";
import type { MouseEvent, ReactNode } from "react";
import type { Booking } from "slotledger-client";
import type { FreeSlot } from "../../freeSlots";
import { dateAt, minutesOf, timeAt, timeOf } from "../../clock";
import { t } from "../../texts";
import { addDays, clockName, longDate, weekdayName } from "../../time";
import { useNow } from "../../useNow";
import type { DemandOfWeek } from "../Demand";
import { isChangeable, slotKey } from "../bookings";
import type { BookingsBySlot } from "../bookings";
import { isPast } from "../draft";
import type { Draft, VisibleSlot } from "../draft";
import { GridSlot } from "./GridSlot";
import { Gutter, Heat, Lines } from "./Hours";
import { Overlay, sentence } from "./Overlay";
import { firstPlace } from "./cursor";
import { SNAP } from "./gesture";
import type { Gesture, Place } from "./gesture";
import { drawnOn, freeSlotAt, keyOf } from "./layout";
import type { DrawnSlot } from "./layout";
import { useCursor } from "./useCursor";
import { useDrag } from "./useDrag";
import { useOptionsBeside } from "./useOptionsBeside";
import { usePreparedDays } from "./usePreparedDays";
import { useScale } from "./useScale";
import "./grid.css";

export interface GridProps {
  /** What a screen reader calls the grid: the dates. */
  label: string;
  draft: Draft;
  /** Consecutive days. */
  dates: readonly string[];
  /** Days before this date can't be edited. */
  today: string;
  viewersZone: string;
  bookings: BookingsBySlot;
  /** Shades the hours that students book. */
  demand?: DemandOfWeek;
  /** The length of new slots. */
  durationMinutes: number;
  /** Offer slots on some days, one after the other from a time to a time; one slot if `to` is null. */
  onOffer: (dates: readonly string[], from: number, to: number | null) => void;
  /** A slot was pressed: offer it again, take it back, or show its booking. */
  onSlot: (date: string, slot: VisibleSlot) => void;
  /** Give a slot another start, in the tutor's zone. */
  onMoveSlot: (date: string, slot: VisibleSlot, toDate: string, from: number) => void;
  onStretch: (date: string, slot: VisibleSlot, durationMinutes: number) => void;
  /** A booking was dropped on a free slot. */
  onMoveBooking: (booking: Booking, target: FreeSlot) => void;
  /** A booking was dropped where no slot is free. */
  onMissed: () => void;
  /** Show the days before (-1) or after (1). */
  onPage: (direction: 1 | -1) => void;
  /** Return the options of a slot; `close` hides them. */
  options: (date: string, slot: VisibleSlot, close: () => void) => ReactNode;
}

/** Where the grid begins if no slot is earlier, in minutes. */
const USUAL_START = 15 * 60;

/**
 * The calendar of a week or a day: a column for each day, with its slots. A click on an empty place offers a slot. A drag
 * draws several, on several days. A slot is dragged to move it, and at its lower edge to stretch it. Everything can be done
 * by keyboard, too (`useCursor`).
 */
export function Grid(props: GridProps) {
  const { draft, dates, today, bookings, durationMinutes } = props;
  const grid = useRef<HTMLDivElement>(null);
  const [isUnfolded, setIsUnfolded] = useState(false);
  const optionsBeside = useOptionsBeside(grid);
  const dateKey = dates.join();
  const drawn = useMemo(() => drawnOn(draft, dates), [draft, dateKey]);
  usePreparedDays(draft, dates);
  const columns = dates.map((date) => drawn.get(date)!);
  const scale = useScale(columns, isUnfolded);
  const all = new Map(columns.flat().map((each) => [keyOf(each), each]));
  const bookingOf = ({ date, slot }: DrawnSlot) =>
    slot.state === "booked" || slot.state === "held" ? bookings.get(slotKey(date, slot)) : undefined;
  const now = useNow(30_000);
  const nowDate = dateAt(draft.zone, now);
  const nowMinute = minutesOf(timeAt(draft.zone, now));

  const isMovable = ({ date, slot }: DrawnSlot) =>
    (slot.state === "free" || slot.state === "added") && !isPast(date, slot, now);
  const isDraggable = (each: DrawnSlot) => {
    const booking = bookingOf(each);
    return isMovable(each) || (booking !== undefined && isChangeable(booking, Date.now()));
  };

  function drop(gesture: Gesture) {
    if (gesture.kind === "fill") {
      const days = dates.slice(gesture.days[0], gesture.days[1] + 1);
      props.onOffer(days, gesture.from, gesture.to);
      return;
    }
    const { date, slot } = gesture.drawn;
    const booking = bookingOf(gesture.drawn);
    if (gesture.kind === "stretch") {
      if (!booking) {
        props.onStretch(date, slot, gesture.durationMinutes);
      }
    } else if (booking) {
      const target = freeSlotAt(draft, columns[gesture.day]!, gesture.from, gesture.from + slot.durationMinutes);
      if (target) {
        props.onMoveBooking(booking, target);
      } else {
        props.onMissed();
      }
    } else {
      // The first part of a slot over midnight tells its start; the second part is dragged with it.
      const before = gesture.drawn.isContinued ? slot.durationMinutes - (gesture.drawn.part.to - gesture.drawn.part.from) : 0;
      const from = gesture.from - before;
      const days = Math.floor(from / 1440);
      props.onMoveSlot(date, slot, addDays(dates[gesture.day]!, days), from - days * 1440);
    }
  }

  const drag = useDrag({
    grid,
    minuteAt: scale.minuteAt,
    slotOf: (key) => {
      const each = all.get(key);
      return each && isDraggable(each) ? each : undefined;
    },
    onDrop: drop,
    onLongPress: openOptions,
  });
  const { cursor, selection, handlers, goTo, takeFocus } = useCursor({
    grid,
    columns,
    folds: scale.folds,
    durationMinutes,
    first: firstPlace(dates, columns, nowDate, nowMinute),
    placeOf: (element) => {
      const each = all.get(element.dataset.slot ?? "");
      return each && { day: dates.indexOf(each.part.date), minute: each.part.from };
    },
    onOffer: ({ day, minute }) => props.onOffer([dates[day]!], minute, null),
    onFill: drop,
    onTakeBack: ({ date, slot }) => (slot.state === "free" || slot.state === "added") && props.onSlot(date, slot),
    onOptions: (each) => openOptions(keyOf(each)),
    onPage: props.onPage,
    onUnfold: () => setIsUnfolded(true),
  });
  const gesture = drag ?? selection;
  useLayoutEffect(() => {
    // Begin an hour before the first slot, if the day is higher than the screen.
    const first = Math.min(...columns.flat().map(({ part }) => part.from), USUAL_START);
    grid.current!.scrollTop = scale.at(Math.max(0, first - 60)) * grid.current!.querySelector(".hours")!.clientHeight;
  }, []);

  /** Show the options of a slot, if it can be changed. */
  function openOptions(key: string) {
    const each = all.get(key);
    if (each && isMovable(each) && optionsBeside.open(key)) {
      goTo({ day: dates.indexOf(each.part.date), minute: each.part.from });
    }
  }

  /** Hide the options of a slot. The focus, which was in them, goes to the slot. */
  function closeOptions() {
    takeFocus();
    optionsBeside.close();
  }

  /** Return the time of a click in a column, at the full or the half hour before it. */
  function placeOf(event: MouseEvent<HTMLElement>, day: number): Place {
    const { top, height } = event.currentTarget.getBoundingClientRect();
    const minute = scale.minuteAt((event.clientY - top) / height);
    return { day, minute: Math.floor(minute / (2 * SNAP)) * 2 * SNAP };
  }

  function onClick(event: MouseEvent<HTMLElement>, day: number) {
    const target = event.target as HTMLElement;
    const key = target.closest("[role=gridcell]")?.querySelector<HTMLElement>("[data-slot]")?.dataset.slot;
    const each = key === undefined ? undefined : all.get(key);
    if (each) {
      goTo({ day, minute: each.part.from });
      props.onSlot(each.date, each.slot);
      return;
    }
    // Enter on the cursor's place is handled by `useCursor`.
    const place = placeOf(event, day);
    if (scale.folds.some(({ from, to }) => place.minute >= from && place.minute < to)) {
      setIsUnfolded(true);
    } else {
      goTo(place);
      props.onOffer([dates[day]!], place.minute, null);
    }
  }

  const shortest = Math.min(60, ...columns.flat().map(({ slot }) => slot.durationMinutes));
  useLayoutEffect(() => {
    // The grid is higher now. The slot that made it so stays in sight.
    const short = shortest < 30 && columns.flat().find(({ slot }) => slot.durationMinutes === shortest);
    if (short) {
      grid.current!.querySelector(`[data-slot="${CSS.escape(keyOf(short))}"]`)?.scrollIntoView({ block: "center" });
    }
  }, [shortest]);
  const withOptions = optionsBeside.shown && all.get(optionsBeside.shown.key);
  const hourStyle = { "--units": scale.units / 60, "--shortest": shortest / 60 } as Record<string, number>;
  return (
    <div className="week-grid" ref={grid} style={hourStyle} data-dragging={drag?.kind}>
      <Gutter scale={scale} />
      <div role="grid" aria-label={props.label} aria-multiselectable="false" {...handlers}>
        {dates.map((date, day) => (
          <div key={date} role="row" className={dayClass(date, today, nowDate, draft)} data-date={date}>
            <div role="rowheader" className="day-header" aria-label={longDate(date)}>
              <DayName date={date} />
            </div>
            <div className="hours" data-column={date} onClick={(event) => onClick(event, day)}>
              <Lines scale={scale} zone={draft.zone} date={date} />
              {props.demand && <Heat demand={props.demand[(new Date(date).getUTCDay() + 6) % 7]!} scale={scale} />}
              {columns[day]!.map((each) => (
                <GridSlot
                  key={keyOf(each)}
                  drawn={each}
                  zone={draft.zone}
                  viewersZone={props.viewersZone}
                  booking={bookingOf(each)}
                  scale={scale}
                  isCursor={cursor.day === day && cursor.minute === each.part.from}
                  isMovable={isMovable(each)}
                />
              ))}
              {cursor.day === day && !columns[day]!.some(({ part }) => part.from === cursor.minute) && (
                // Another element for each place: a screen reader says what gets the focus, but not that its name has changed.
                <div key={`cursor ${cursor.minute}`} role="gridcell" className="cursor" style={{ top: `${100 * scale.at(cursor.minute)}%` }}>
                  <span tabIndex={0} role="button" aria-label={t.week.grid.nothing(longDate(date), clockName(timeOf(cursor.minute)))} />
                </div>
              )}
              {nowDate === date && <i className="now" style={{ top: `${100 * scale.at(nowMinute)}%` }} />}
              {gesture && <Overlay {...{ gesture, day, date, dates, draft, durationMinutes, scale, today }} />}
            </div>
          </div>
        ))}
      </div>
      <p role="status" className="hidden">
        {selection && sentence(selection, dates, durationMinutes)}
      </p>
      {withOptions && (
        <div className="slot-options" style={optionsBeside.shown!.style}>
          {props.options(withOptions.date, withOptions.slot, closeOptions)}
        </div>
      )}
    </div>
  );
}

function DayName({ date }: { date: string }) {
  return (
    <>
      {weekdayName(date, "short")} <b>{Number(date.slice(8))}</b>
    </>
  );
}

function dayClass(date: string, today: string, nowDate: string, draft: Draft): string {
  const isClosed = date < today || !draft.loadedDays.has(date);
  return ["day", isClosed && "past", date === nowDate && "today"].filter(Boolean).join(" ");
}
