import { useState } from "react";
import type { ReactNode } from "react";
import { minutesOf } from "../clock";
import { addDays, longDate } from "../time";
import { plural } from "../labels";

/** What a click or a drag in the calendar does. */
export type Mode = "add" | "remove";

interface AddFormProps {
  /** The days of the calendar that can be edited. */
  dates: readonly string[];
  /** The length of a slot to add; 0 if the field is empty. */
  durationMinutes: number;
  onDuration: (minutes: number) => void;
  mode: Mode;
  onMode: (mode: Mode) => void;
  /** Called with the date and start of a slot to add; `from` is minutes since midnight. */
  onAdd: (date: string, from: number) => void;
}

/**
 * A form that adds a slot by keyboard, at any minute. A click in the calendar adds a slot with the length that is set
 * in this form.
 */
export function AddForm({ dates, durationMinutes, onDuration, mode, onMode, onAdd }: AddFormProps) {
  const [chosenDate, setChosenDate] = useState("");
  const [time, setTime] = useState("09:00");
  const date = dates.includes(chosenDate) ? chosenDate : dates[0];
  return (
    <form
      className="fields"
      onSubmit={(event) => {
        event.preventDefault();
        if (date !== undefined) {
          onAdd(date, minutesOf(time));
        }
      }}
    >
      <label>
        Length in minutes
        <input
          type="number"
          min={5}
          max={720}
          step={5}
          required
          value={durationMinutes || ""}
          onChange={(event) => onDuration(event.target.valueAsNumber || 0)}
        />
      </label>
      <label className="day">
        Day
        <select value={date} disabled={dates.length === 0} onChange={(event) => setChosenDate(event.target.value)}>
          {dates.map((each) => (
            <option key={each} value={each}>
              {longDate(each)}
            </option>
          ))}
        </select>
      </label>
      <label>
        Start
        <input type="time" required value={time} onChange={(event) => setTime(event.target.value)} />
      </label>
      <button disabled={dates.length === 0}>Add</button>
      <label>
        Click and drag to
        <select value={mode} onChange={(event) => onMode(event.target.value as Mode)}>
          <option value="add">add slots</option>
          <option value="remove">remove slots</option>
        </select>
      </label>
    </form>
  );
}

interface WeekToolsProps {
  monday: string;
  today: string;
  isBusy: boolean;
  onCopyLastWeek: () => void;
  onRepeat: (weeks: number) => void;
  onClear: (first: string, last: string) => void;
  /** More forms, which are rendered while the tools are open. */
  children?: ReactNode;
}

const MAX_WEEKS = 12;

/** Forms that copy or repeat a week, or clear a range of days. They change the draft and save nothing. */
export function WeekTools({ monday, today, isBusy, onCopyLastWeek, onRepeat, onClear, children }: WeekToolsProps) {
  const [weeks, setWeeks] = useState(4);
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details className="tools" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>Copy, repeat or clear</summary>
      <form
        className="fields"
        onSubmit={(event) => {
          event.preventDefault();
          onCopyLastWeek();
        }}
      >
        <p>Replace this week's slots with those of the week before.</p>
        <button disabled={isBusy || addDays(monday, 6) < today}>Copy the week before</button>
      </form>
      <form
        className="fields"
        onSubmit={(event) => {
          event.preventDefault();
          onRepeat(weeks);
        }}
      >
        <label>
          Repeat this week for the next
          <select value={weeks} onChange={(event) => setWeeks(Number(event.target.value))}>
            {Array.from({ length: MAX_WEEKS }, (_, i) => (
              <option key={i} value={i + 1}>
                {plural(i + 1, "week")}
              </option>
            ))}
          </select>
        </label>
        <button disabled={isBusy}>Repeat</button>
      </form>
      <ClearForm key={monday} {...{ monday, today, isBusy, onClear }} />
      {isOpen && children}
    </details>
  );
}

/**
 * A form that clears a range of days. At first, the range is the shown week from today on. If this week is over, the
 * range is today.
 */
function ClearForm({ monday, today, isBusy, onClear }: Omit<WeekToolsProps, "onCopyLastWeek" | "onRepeat" | "children">) {
  const [range, setRange] = useState<{ first?: string; last?: string }>({});
  const sunday = addDays(monday, 6);
  const first = range.first ?? (monday > today ? monday : today);
  const last = range.last ?? (sunday > first ? sunday : first);
  return (
    <form
      className="fields"
      onSubmit={(event) => {
        event.preventDefault();
        onClear(first, last);
      }}
    >
      <label>
        Clear from
        <input
          type="date"
          required
          min={today}
          value={first}
          onChange={(event) => setRange({ ...range, first: event.target.value })}
        />
      </label>
      <label>
        to
        <input
          type="date"
          required
          min={first}
          max={addDays(first || today, 91)}
          value={last}
          onChange={(event) => setRange({ ...range, last: event.target.value })}
        />
      </label>
      <button disabled={isBusy}>Clear</button>
    </form>
  );
}
