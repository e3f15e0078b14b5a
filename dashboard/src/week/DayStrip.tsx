import { useMemo } from "react";
import { t } from "../texts";
import { longDate, weekdayName } from "../time";
import type { Draft } from "./draft";
import { drawnOn } from "./grid/layout";

interface DayStripProps {
  draft: Draft;
  dates: readonly string[];
  today: string;
  day: string;
  onDay: (date: string) => void;
}

/** On a phone, the days of the week: a press shows the day. A line says how much is offered, and how much is booked. */
export function DayStrip({ draft, dates, today, day, onDay }: DayStripProps) {
  const drawn = useMemo(() => drawnOn(draft, dates), [draft, dates.join()]);
  return (
    <div className="day-strip" role="group" aria-label={t.week.slot.day}>
      {dates.map((date) => {
        const slots = drawn.get(date)!.filter(({ slot }) => slot.state !== "removed");
        const booked = slots.filter(({ slot }) => slot.state === "booked" || slot.state === "held").length;
        return (
          <button
            key={date}
            type="button"
            className={date === today ? "today" : undefined}
            aria-pressed={date === day}
            onClick={() => onDay(date)}
          >
            <span className="hidden">{t.week.dayHas(longDate(date), slots.length, booked)}</span>
            <span aria-hidden="true">{weekdayName(date, "short")}</span>
            <b aria-hidden="true">{Number(date.slice(8))}</b>
            <i className={slots.length > 0 ? "some" : undefined}>
              <i style={{ inlineSize: `${(100 * booked) / Math.max(slots.length, 1)}%` }} />
            </i>
          </button>
        );
      })}
    </div>
  );
}
