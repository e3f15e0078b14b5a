import { useLayoutEffect, useRef, useState } from "react";
import type { KeyboardEvent, PointerEvent } from "react";
import type { WeeklySlot } from "slotledger-client";
import { timeOf } from "../clock";
import { t } from "../texts";
import { clockName, hourName } from "../time";
import { timesOf, weekdayName } from "./labels";
import { minutesOfSlot, shownWeekdays, slotsWithin } from "./schedule";
import type { Times, Weekday } from "./schedule";

interface WeekGridProps {
  slots: readonly WeeklySlot[];
  /** Called with the times that were clicked (`from` is `to`) or dragged over. */
  onDraw: (times: Times) => void;
  onRemove: (slots: readonly WeeklySlot[]) => void;
}

/** A cell: half an hour of a weekday. The days have the order in which they are shown. */
interface Cell {
  day: number;
  row: number;
}

const CELL_MINUTES = 30;
const ROWS = Array.from({ length: (24 * 60) / CELL_MINUTES }, (_, row) => row);
const STEPS: Record<string, [days: number, rows: number]> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * A week without dates. A click adds a slot or removes it, and a drag adds slots on several days. By keyboard, Enter
 * stands for a click, and the arrow keys with Shift choose the cells of a drag.
 */
export function WeekGrid({ slots, onDraw, onRemove }: WeekGridProps) {
  const [cursor, setCursor] = useState<Cell>({ day: 0, row: 18 });
  const [anchor, setAnchor] = useState<Cell>(); // the other corner of the chosen cells
  const box = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const isDragging = useRef(false);
  const shouldFocus = useRef(false);
  const weekdays = shownWeekdays();
  const chosen = timesBetween(weekdays, anchor ?? cursor, cursor);
  useLayoutEffect(() => {
    // Before the next key press, which may come soon.
    if (shouldFocus.current) {
      body.current!.querySelector<HTMLElement>("[tabindex='0']")!.focus();
      shouldFocus.current = false;
    }
  });
  useLayoutEffect(() => {
    const first = Math.min(9 * 60, ...slots.map((slot) => minutesOfSlot(slot)[0]));
    box.current!.scrollTop = (body.current!.offsetHeight * first) / (24 * 60);
  }, []);

  /** Return the weekday and the minute at a pointer. */
  function positionOf({ clientX, clientY }: PointerEvent): Cell & { minute: number } {
    const { left, top, width, height } = body.current!.querySelector(".cells")!.getBoundingClientRect();
    const minute = clamp(((clientY - top) / height) * 24 * 60, 24 * 60 - 1);
    const share = (isRtl() ? left + width - clientX : clientX - left) / width;
    return { day: clamp(share * 7, 6), row: Math.floor(minute / CELL_MINUTES), minute };
  }

  function isRtl(): boolean {
    return getComputedStyle(body.current!).direction === "rtl";
  }

  function onPointerMove(event: PointerEvent) {
    if (isDragging.current && event.pointerType !== "touch") {
      const { top, bottom } = box.current!.getBoundingClientRect();
      box.current!.scrollTop += Math.max(0, event.clientY - bottom) + Math.min(0, event.clientY - top); // over the edge
      const cell = positionOf(event);
      setCursor((before) => (before.day === cell.day && before.row === cell.row ? before : cell));
    }
  }

  function draw(times: Times) {
    setAnchor(undefined);
    onDraw(times);
  }

  function onPointerUp(event: PointerEvent) {
    const { day, minute } = positionOf(event);
    if (isDragging.current && anchor && (anchor.day !== cursor.day || anchor.row !== cursor.row)) {
      draw(chosen);
    } else if (isDragging.current) {
      setAnchor(undefined);
      const [clicked] = slotsWithin(slots, { weekdays: [weekdays[day]!], from: minute, to: minute });
      if (clicked) {
        onRemove([clicked]);
      } else {
        onDraw({ ...chosen, to: chosen.from });
      }
    }
    isDragging.current = false;
  }

  function onKeyDown(event: KeyboardEvent) {
    const sideways: Record<string, [days: number, rows: number]> = {
      [isRtl() ? "ArrowRight" : "ArrowLeft"]: [-1, 0],
      [isRtl() ? "ArrowLeft" : "ArrowRight"]: [1, 0],
    };
    const step = STEPS[event.key] ?? sideways[event.key];
    const found = slotsWithin(slots, chosen);
    if (step) {
      setAnchor(event.shiftKey ? (anchor ?? cursor) : undefined);
      setCursor({ day: clamp(cursor.day + step[0], 6), row: clamp(cursor.row + step[1], ROWS.length - 1) });
      shouldFocus.current = true;
    } else if (event.key === "Escape") {
      setAnchor(undefined);
    } else if (event.key === "Delete" || event.key === "Backspace" || (isPress(event) && !anchor && found.length > 0)) {
      setAnchor(undefined);
      onRemove(found);
    } else if (isPress(event)) {
      draw(anchor ? chosen : { ...chosen, to: chosen.from });
    } else {
      return;
    }
    event.preventDefault();
  }

  return (
    <div className="usual-grid" ref={box}>
      <div role="grid" aria-label={t.usual.grid.name} aria-describedby="grid-help" onKeyDown={onKeyDown}>
        <div role="rowgroup" className="head">
          <div role="row">
            <span role="columnheader">
              <span className="hidden">{t.usual.grid.time}</span>
            </span>
            {weekdays.map((weekday) => (
              <span key={weekday} role="columnheader" aria-label={weekdayName(weekday)}>
                {weekdayName(weekday, "short")}
              </span>
            ))}
          </div>
        </div>
        <div
          role="rowgroup"
          ref={body}
          className="body"
          onPointerDown={(event) => {
            if (event.button === 0) {
              isDragging.current = true;
              const cell = positionOf(event);
              setCursor(cell);
              // A finger scrolls, so that only the mouse and the pen drag.
              setAnchor(event.pointerType === "touch" ? undefined : cell);
              event.currentTarget.setPointerCapture(event.pointerId);
            }
          }}
          onPointerMove={onPointerMove}
          onPointerUp={onPointerUp}
          onPointerCancel={() => {
            isDragging.current = false;
            setAnchor(undefined);
          }}
        >
          {ROWS.map((row) => (
            <div role="row" key={row}>
              <span role="rowheader">
                {row % 2 === 0 ? hourName(row / 2) : <span className="hidden">{clockName(timeOf(row * CELL_MINUTES))}</span>}
              </span>
              {weekdays.map((weekday, day) => {
                const times = timesBetween(weekdays, { day, row }, { day, row });
                const names = slotsWithin(slots, times).map(timesOf).join(", ");
                const label = t.usual.grid.cell(weekdayName(weekday), clockName(timeOf(times.from)), names);
                return (
                  <span
                    key={weekday}
                    role="gridcell"
                    aria-label={label}
                    aria-selected={anchor !== undefined && isIn(chosen, weekday, times.from)}
                    tabIndex={cursor.day === day && cursor.row === row ? 0 : -1}
                  />
                );
              })}
            </div>
          ))}
          <div className="cells" aria-hidden="true">
            {slots.map((slot) => (
              <Drawn key={`${slot.weekday} ${slot.time}`} slot={slot} day={weekdays.indexOf(slot.weekday)} />
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

/** A slot over the cells. If it goes over midnight, it ends at midnight here; its text says when it ends. */
function Drawn({ slot, day }: { slot: WeeklySlot; day: number }) {
  const [from, to] = minutesOfSlot(slot);
  const percent = (part: number, whole: number) => `${(part / whole) * 100}%`;
  const style = {
    insetInlineStart: percent(day, 7),
    width: percent(1, 7),
    top: percent(from, 24 * 60),
    height: percent(Math.min(to, 24 * 60) - from, 24 * 60),
  };
  const [start, end] = timesOf(slot).split("–");
  return (
    <span className="slot" style={style}>
      {start}
      <span className="end">–{end}</span>
    </span>
  );
}

/** Return the times of all cells between two corners. */
function timesBetween(weekdays: readonly Weekday[], one: Cell, other: Cell): Times {
  const [firstDay, lastDay] = [Math.min(one.day, other.day), Math.max(one.day, other.day)];
  const from = Math.min(one.row, other.row) * CELL_MINUTES;
  const to = (Math.max(one.row, other.row) + 1) * CELL_MINUTES;
  return { weekdays: weekdays.slice(firstDay, lastDay + 1), from, to };
}

function isIn({ weekdays, from, to }: Times, weekday: Weekday, minute: number): boolean {
  return weekdays.includes(weekday) && from <= minute && minute < to;
}

function isPress({ key }: KeyboardEvent): boolean {
  return key === "Enter" || key === " ";
}

function clamp(value: number, max: number): number {
  return Math.max(0, Math.min(max, Math.floor(value)));
}
