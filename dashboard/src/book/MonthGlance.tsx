import type { CSSProperties } from "react";
import { moveInMonth } from "../focus";
import { t } from "../texts";
import { firstDayOfWeek, longDate, monthsName, weekdayName } from "../time";
import { Icon } from "../ui/Icon";
import type { TutorPartProps } from "./TutorPage";
import { lineLength, monthAfter, weeksToCome } from "./month";

interface MonthGlanceProps extends Pick<TutorPartProps, "free" | "today"> {
  month: string;
  /** The date whose times are shown. */
  chosen: string;
  onMonth: (month: string) => void;
  onDate: (date: string) => void;
}

/**
 * A month at a glance: how much is free each day. This month has no weeks that are over. If few are left, it goes on
 * with the next month. It is one Tab stop; arrow keys go from day to day.
 */
export function MonthGlance({ month, free, today, chosen, onMonth, onDate }: MonthGlanceProps) {
  const weeks = weeksToCome(month, firstDayOfWeek(), today);
  const count = (date: string) => free.get(date)?.length ?? 0;
  const isFirst = month <= today.slice(0, 7);
  const goesOn = !weeks.at(-1)![0]!.startsWith(month);
  const shown = weeks.flat().filter((date) => date.startsWith(month) || (goesOn && date > today));
  const dates = shown.filter((date) => date >= today);
  const most = Math.max(...dates.map(count));
  const stop = dates.includes(chosen) ? chosen : dates[0];
  return (
    <div className="month-glance">
      <div className="month-head">
        <h3 aria-live="polite">{monthsName(shown[0]!, shown.at(-1)!)}</h3>
        <button
          className="quiet icon"
          aria-label={t.book.tutor.earlier}
          aria-disabled={isFirst}
          onClick={() => isFirst || onMonth(monthAfter(month, -1))}
        >
          <Icon name="earlier" />
        </button>
        <button className="quiet icon" aria-label={t.book.tutor.later} onClick={() => onMonth(monthAfter(month, 1))}>
          <Icon name="later" />
        </button>
      </div>
      <table onKeyDown={moveInMonth}>
        <thead>
          <tr>
            {weeks[0]!.map((date) => (
              <th key={date} scope="col">
                <abbr title={weekdayName(date)}>{weekdayName(date, "narrow")}</abbr>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]}>
              {week.map((date) => (
                <td key={date}>
                  {shown.includes(date) &&
                    (date < today ? (
                      <span>{Number(date.slice(8))}</span>
                    ) : (
                      <button
                        data-date={date}
                        className={count(date) > 0 ? "some" : undefined}
                        style={{ "--n": lineLength(count(date), most) } as CSSProperties}
                        tabIndex={date === stop ? 0 : -1}
                        aria-label={t.book.tutor.dayHas(longDate(date, today), count(date))}
                        aria-pressed={date === chosen}
                        aria-current={date === today ? "date" : undefined}
                        onClick={() => onDate(date)}
                      >
                        {Number(date.slice(8))}
                      </button>
                    ))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="note">{t.book.tutor.key}</p>
    </div>
  );
}
