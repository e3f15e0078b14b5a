import { useState } from "react";
import { minutesOf } from "../clock";
import { addDays, longDate } from "../time";
import { counted } from "../labels";

/** What a click or a drag in the calendar does. */
export type Mode = "offer" | "withdraw";

interface OfferFormProps {
  /** The days that can be edited, of those that are shown. */
  dates: readonly string[];
  minutes: number;
  onMinutes: (minutes: number) => void;
  mode: Mode;
  onMode: (mode: Mode) => void;
  /** A start was given: minutes since midnight. */
  onOffer: (date: string, from: number) => void;
}

/** Offers a slot by keyboard, at any minute; the length holds for clicks, too. */
export function OfferForm({ dates, minutes, onMinutes, mode, onMode, onOffer }: OfferFormProps) {
  const [chosen, setChosen] = useState("");
  const [time, setTime] = useState("09:00");
  const date = dates.includes(chosen) ? chosen : dates[0];
  return (
    <form
      className="fields"
      onSubmit={(event) => {
        event.preventDefault();
        if (date !== undefined) {
          onOffer(date, minutesOf(time));
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
          value={minutes || ""}
          onChange={(event) => onMinutes(event.target.valueAsNumber || 0)}
        />
      </label>
      <label className="day">
        Day
        <select value={date} disabled={dates.length === 0} onChange={(event) => setChosen(event.target.value)}>
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
      <button disabled={dates.length === 0}>Offer</button>
      <label>
        Click and drag to
        <select value={mode} onChange={(event) => onMode(event.target.value as Mode)}>
          <option value="offer">offer slots</option>
          <option value="withdraw">withdraw slots</option>
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
}

const MOST_WEEKS = 12;

/** What is done with whole weeks. Like all edits, it is reviewed before it is saved. */
export function WeekTools({ monday, today, isBusy, onCopyLastWeek, onRepeat, onClear }: WeekToolsProps) {
  const [weeks, setWeeks] = useState(4);
  return (
    <details className="tools">
      <summary>Copy, repeat or clear</summary>
      <form
        className="fields"
        onSubmit={(event) => {
          event.preventDefault();
          onCopyLastWeek();
        }}
      >
        <p>Let this week have the slots of the week before.</p>
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
          Repeat this week over the weeks to come
          <select value={weeks} onChange={(event) => setWeeks(Number(event.target.value))}>
            {Array.from({ length: MOST_WEEKS }, (_, i) => (
              <option key={i} value={i + 1}>
                {counted(i + 1, "week")}
              </option>
            ))}
          </select>
        </label>
        <button disabled={isBusy}>Repeat</button>
      </form>
      <ClearForm key={monday} {...{ monday, today, isBusy, onClear }} />
    </details>
  );
}

/** Clears a range of days; it begins with those of the week that is shown. */
function ClearForm({ monday, today, isBusy, onClear }: Omit<WeekToolsProps, "onCopyLastWeek" | "onRepeat">) {
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
