import { useState } from "react";
import { minutesOf } from "../clock";
import { t } from "../texts";
import { weekdayName } from "./labels";
import { WEEKDAYS, shownWeekdays } from "./schedule";
import type { Times, Weekday } from "./schedule";

interface TimesFormProps {
  /** The length of a slot and the pause after it; 0 if the field is empty. */
  durationMinutes: number;
  pauseMinutes: number;
  onDuration: (minutes: number) => void;
  onPause: (minutes: number) => void;
  onAdd: (times: Times) => void;
  onRemove: (times: Times) => void;
}

const DAY_MINUTES = 24 * 60;

/** A form that fills some weekdays, at any minute, or clears them. What is drawn has the length and the pause set here. */
export function TimesForm({ durationMinutes, pauseMinutes, onDuration, onPause, onAdd, onRemove }: TimesFormProps) {
  const [weekdays, setWeekdays] = useState<readonly Weekday[]>(WEEKDAYS.slice(0, 5));
  const [[start, end], setTimes] = useState<[string, string]>(["09:00", "17:00"]);
  const from = minutesOf(start);
  const to = minutesOf(end) + (minutesOf(end) <= from ? DAY_MINUTES : 0); // over midnight
  return (
    <form
      className="fields"
      onSubmit={(event) => {
        event.preventDefault();
        onAdd({ weekdays, from, to });
      }}
    >
      <label>
        {t.usual.form.length}
        <input
          type="number"
          min={5}
          max={720}
          required
          value={durationMinutes || ""}
          onChange={(event) => onDuration(event.target.valueAsNumber || 0)}
        />
      </label>
      <label>
        {t.usual.form.pause}
        <input
          type="number"
          min={0}
          max={720}
          required
          value={Number.isNaN(pauseMinutes) ? "" : pauseMinutes}
          onChange={(event) => onPause(event.target.valueAsNumber)}
        />
      </label>
      <label>
        {t.usual.form.start}
        <input type="time" required value={start} onChange={(event) => setTimes([event.target.value, end])} />
      </label>
      <label>
        {t.usual.form.end}
        <input type="time" required value={end} onChange={(event) => setTimes([start, event.target.value])} />
      </label>
      <div role="group" aria-label={t.usual.form.days} className="weekdays">
        {shownWeekdays().map((weekday) => (
          <button
            key={weekday}
            type="button"
            aria-pressed={weekdays.includes(weekday)}
            onClick={() =>
              setWeekdays(WEEKDAYS.filter((each) => weekdays.includes(each) !== (each === weekday)))
            }
          >
            <span aria-hidden="true">{weekdayName(weekday, "short")}</span>
            <span className="hidden">{weekdayName(weekday)}</span>
          </button>
        ))}
      </div>
      <button disabled={weekdays.length === 0}>{t.usual.form.add}</button>
      <button type="button" disabled={weekdays.length === 0} onClick={() => onRemove({ weekdays, from, to })}>
        {t.usual.form.remove}
      </button>
    </form>
  );
}
