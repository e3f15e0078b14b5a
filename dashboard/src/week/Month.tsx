import { moveInMonth } from "../focus";
import { addDays, longDate, monthName, weekdayName } from "../time";

interface MonthProps {
  /** The first date of the shown week. */
  weekStart: string;
  today: string;
  /** Called with a date, whose week is to be shown. */
  onDate: (date: string) => void;
}

const WEEKS = [-2, -1, 0, 1, 2, 3];
const DAYS = [0, 1, 2, 3, 4, 5, 6];

/** The weeks around the shown week. A press on a day shows its week. It is one Tab stop; arrow keys go from day to day. */
export function Month({ weekStart, today, onDate }: MonthProps) {
  return (
    <table className="month" onKeyDown={moveInMonth}>
      <caption>{monthName(addDays(weekStart, 3))}</caption>
      <thead>
        <tr>
          {DAYS.map((day) => (
            <th key={day} scope="col">
              <abbr title={weekdayName(addDays(weekStart, day))}>{weekdayName(addDays(weekStart, day), "narrow")}</abbr>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {WEEKS.map((number) => addDays(weekStart, 7 * number)).map((first) => (
          <tr key={first} className={first === weekStart ? "shown" : undefined}>
            {DAYS.map((day) => addDays(first, day)).map((date) => (
              <td key={date}>
                <button
                  type="button"
                  tabIndex={date === weekStart ? 0 : -1}
                  aria-label={longDate(date, today)}
                  aria-current={date === today ? "date" : undefined}
                  onClick={() => onDate(date)}
                >
                  {Number(date.slice(8))}
                </button>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
