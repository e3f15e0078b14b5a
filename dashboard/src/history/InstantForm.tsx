import { useState } from "react";
import { t } from "../texts";
import { EARLIEST, LATEST, mondayInWeekOf, placeOf } from "../time";
import { instantError, instantsOf, localIn } from "./instants";
import type { Moment } from "./moment";

interface InstantFormProps {
  zone: string;
  /** The first values of the fields. */
  moment: Moment;
  onMoment: (moment: { at: string; week: string }) => void;
}

/** A form for an exact instant, in the tutor's local time, and the week to show as it was then. */
export function InstantForm({ zone, moment, onMoment }: InstantFormProps) {
  const [local, setLocal] = useState(() => localIn(zone, new Date(moment.at)));
  const [isSecond, setIsSecond] = useState(false);
  const [date, setDate] = useState(moment.week);
  const [error, setError] = useState<string | null>(null);
  const instants = instantsOf(local, zone);

  function submit() {
    const at = instants[isSecond ? instants.length - 1 : 0];
    const message = instantError(at, new Date());
    setError(message);
    if (message === null) {
      onMoment({ at: at!, week: mondayInWeekOf(date) });
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="fields">
        <label>
          {t.history.instant(placeOf(zone))}
          <input type="datetime-local" step={1} max="2999-12-31T23:59" required value={local} onChange={(event) => setLocal(event.target.value)} />
        </label>
        {instants.length > 1 && (
          <label>
            {t.history.twice}
            <select value={String(isSecond)} onChange={(event) => setIsSecond(event.target.value === "true")}>
              <option value="false">{t.history.firstTime}</option>
              <option value="true">{t.history.secondTime}</option>
            </select>
          </label>
        )}
        <label>
          {t.history.dayOfWeek}
          <input type="date" min={EARLIEST} max={LATEST} required value={date} onChange={(event) => setDate(event.target.value)} />
        </label>
        <button>{t.history.showIt}</button>
      </div>
      {error && (
        <p role="alert" className="invalid">
          {error}
        </p>
      )}
    </form>
  );
}
