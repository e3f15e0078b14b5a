import { drawnParts, slotName, spanOf, timeName } from "../clock";
import type { ZonedSlot } from "../clock";
import { t } from "../texts";
import { addDays, formatLocale, longDate } from "../time";

/** A slot of the picture. */
export interface PicturedSlot extends ZonedSlot {
  date: string;
  state: "free" | "booked" | "gone";
  /** What is different at the other time, as text. */
  difference?: string;
}

/** The hours that a picture shows: whole hours of the day. */
export interface Hours {
  from: number;
  to: number;
}

/** Return the hours that slots cover, at least four. */
export function hoursOf(slots: readonly PicturedSlot[], zone: string): Hours {
  const parts = slots.flatMap((slot) => drawnParts(zone, spanOf(slot.date, slot)));
  const from = Math.floor(Math.min(9 * 60, ...parts.map((part) => part.from)) / 60);
  return { from, to: Math.max(from + 4, Math.ceil(Math.max(...parts.map((part) => part.to), 0) / 60)) };
}

interface MiniWeekProps {
  title: string;
  /** The first date of the week. */
  first: string;
  zone: string;
  slots: readonly PicturedSlot[];
  hours: Hours;
}

/** A small picture of a week. Screen readers have it as lists of the days' slots. */
export function MiniWeek({ title, first, zone, slots, hours }: MiniWeekProps) {
  const span = (hours.to - hours.from) * 60;
  const style = (from: number, to: number) => ({
    top: `${((from - hours.from * 60) / span) * 100}%`,
    height: `${((to - from) / span) * 100}%`,
  });
  const weekday = new Intl.DateTimeFormat(formatLocale(), { timeZone: "UTC", weekday: "short" });
  return (
    <div className="mini-of">
      <h4>{title}</h4>
      <div className="mini" role="group" aria-label={title} style={{ "--hours": String(hours.to - hours.from) } as React.CSSProperties}>
        {[0, 1, 2, 3, 4, 5, 6].map((number) => {
          const date = addDays(first, number);
          const drawn = slots.flatMap((slot) =>
            drawnParts(zone, spanOf(slot.date, slot))
              .filter((part) => part.date === date)
              .map((part) => ({ slot, part })),
          );
          return (
            <div key={date}>
              <header aria-hidden="true">
                {weekday.format(new Date(date)).slice(0, 2)} <span>{Number(date.slice(8))}</span>
              </header>
              <ul aria-label={longDate(date)}>
                {drawn.map(({ slot, part }) => (
                  <li
                    key={`${slot.date} ${slot.time} ${slot.timeZone} ${slot.durationMinutes} ${slot.state}`}
                    className={slot.difference ? `${slot.state} different` : slot.state}
                    style={style(part.from, part.to)}
                  >
                    <span aria-hidden="true">{timeName(zone, spanOf(slot.date, slot)[0])}</span>
                    <span className="hidden">
                      {slotName(zone, slot.date, slot)} {t.history.states[slot.state]}
                      {slot.difference && `, ${slot.difference}`}
                    </span>
                  </li>
                ))}
              </ul>
            </div>
          );
        })}
      </div>
    </div>
  );
}
