import { useMemo } from "react";
import { timeOf } from "../../clock";
import type { ZonedSlot } from "../../clock";
import { t } from "../../texts";
import { addDays, clockName, weekdayAndDay } from "../../time";
import { addSlots } from "../draft";
import type { Draft } from "../draft";
import { startsBetween } from "./gesture";
import type { Gesture } from "./gesture";
import type { Scale } from "./scale";

interface OverlayProps {
  gesture: Gesture;
  /** The column's number and date. */
  day: number;
  date: string;
  dates: readonly string[];
  draft: Draft;
  durationMinutes: number;
  scale: Scale;
  today: string;
}

/** What a drag would do, in one column: the new slots, or the slot at its new place. The grid says it to screen readers. */
export function Overlay(props: OverlayProps) {
  const { gesture, day, scale, dates } = props;
  const places = usePlaces(props);
  const band = (from: number, to: number) => ({
    top: `${100 * scale.at(Math.max(0, from))}%`,
    height: `${100 * (scale.at(Math.min(to, 1440)) - scale.at(Math.max(0, from)))}%`,
  });
  const isHead = gesture.kind === "fill" ? day === gesture.days[1] : places.length > 0;
  const isInside = gesture.kind === "fill" && day >= gesture.days[0] && day <= gesture.days[1];
  return (
    <div className="overlay" aria-hidden="true">
      {isInside && <i className="selection" style={band(gesture.from, gesture.to)} />}
      {places.map(({ from, to, fits }) => (
        <i key={from} className={fits ? "ghost" : "ghost no"} style={band(from, to)}>
          {clockName(timeOf(from))}
        </i>
      ))}
      {isHead && (
        <p className="says" style={{ top: `${100 * scale.at(Math.min(gestureEnd(gesture), 1380))}%` }}>
          {sentence(gesture, dates, props.durationMinutes)}
        </p>
      )}
    </div>
  );
}

/** Return the slots that the drag would make in a column, and whether each fits. */
function usePlaces({ gesture, day, date, draft, durationMinutes, today }: OverlayProps) {
  return useMemo(() => {
    if (gesture.kind === "fill") {
      if (day < gesture.days[0] || day > gesture.days[1] || date < today) {
        return [];
      }
      return startsBetween(gesture.from, gesture.to, durationMinutes).map((from) => {
        const slotDate = addDays(date, Math.floor(from / 1440));
        const slot: ZonedSlot = { time: timeOf(from), durationMinutes, timeZone: draft.zone };
        const { problems } = addSlots(draft, new Map([[slotDate, [slot]]]));
        return { from, to: from + durationMinutes, fits: problems.length === 0 };
      });
    }
    const { part, slot } = gesture.drawn;
    if (gesture.kind === "move") {
      return gesture.day === day ? [{ from: gesture.from, to: gesture.from + (part.to - part.from), fits: true }] : [];
    }
    return part.date === date
      ? [{ from: part.from, to: part.to + gesture.durationMinutes - slot.durationMinutes, fits: true }]
      : [];
  }, [gesture, draft, durationMinutes, date, day, today]);
}

/** Return what the drag would do, in words: "Thu 26 – Sun 29, 16:00 – 20:00: 4 times of 60 minutes a day". */
export function sentence(gesture: Gesture, dates: readonly string[], durationMinutes: number): string {
  if (gesture.kind === "stretch") {
    return t.week.grid.minutes(gesture.durationMinutes);
  }
  if (gesture.kind === "move") {
    return `${weekdayAndDay(dates[gesture.day]!)}, ${clockName(timeOf(gesture.from))}`;
  }
  const [first, last] = gesture.days.map((day) => weekdayAndDay(dates[day]!)) as [string, string];
  const starts = startsBetween(gesture.from, gesture.to, durationMinutes);
  const end = Math.max(gesture.to, starts.at(-1)! + durationMinutes);
  const days = first === last ? first : `${first} – ${last}`;
  const span = `${clockName(timeOf(gesture.from))} – ${clockName(timeOf(end))}`;
  return t.week.grid.draws(days, span, starts.length, durationMinutes, first !== last);
}

function gestureEnd(gesture: Gesture): number {
  return gesture.kind === "fill" ? gesture.to : gesture.kind === "move" ? gesture.from : gesture.drawn.part.from;
}
