import { addDays, longDate, monthName, weekdayAndDay } from "../time";

interface MonthProps {
  /** The shown week. */
  monday: string;
  today: string;
  /** Called with a date, whose week is to be shown. */
  onDate: (date: string) => void;
}

const WEEKS = [-2, -1, 0, 1, 2, 3];
const DAYS = [0, 1, 2, 3, 4, 5, 6];

/** The weeks around the shown week. A press on a day shows its week. It is one Tab stop; arrow keys go from day to day. */
export function Month({ monday, today, onDate }: MonthProps) {
  return (
    <table className="month" onKeyDown={moveFocus}>
      <caption>{monthName(addDays(monday, 3))}</caption>
      <thead>
        <tr>
          {DAYS.map((day) => (
            <th key={day} scope="col">
              <abbr title={longDate(addDays(monday, day)).split(" ")[0]}>{weekdayAndDay(addDays(monday, day)).slice(0, 1)}</abbr>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {WEEKS.map((number) => addDays(monday, 7 * number)).map((first) => (
          <tr key={first} className={first === monday ? "shown" : undefined}>
            {DAYS.map((day) => addDays(first, day)).map((date) => (
              <td key={date}>
                <button
                  type="button"
                  tabIndex={date === monday ? 0 : -1}
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

/** Give the focus to the day that an arrow key leads to. */
function moveFocus(event: React.KeyboardEvent<HTMLTableElement>) {
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const next = buttons[buttons.indexOf(event.target as HTMLButtonElement) + (steps[event.key] ?? NaN)];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}
