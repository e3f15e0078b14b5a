import { useState } from "react";
import { zoneName } from "../time";
import { instantsOf, localIn, pastQueryError } from "./instants";
import type { PastQuery } from "./instants";

const DATES = { min: "2000-01-01", max: "2999-12-31", required: true };

/** A form for an instant, in the tutor's local time, and a range of days. */
export function InstantForm({
  zone,
  start,
  onQuery,
}: {
  zone: string;
  /** The first values of the fields. */
  start: PastQuery;
  onQuery: (query: PastQuery) => void;
}) {
  const [local, setLocal] = useState(() => localIn(zone, new Date(start.at)));
  const [isSecond, setIsSecond] = useState(false);
  const [from, setFrom] = useState(start.from);
  const [to, setTo] = useState(start.to);
  const [error, setError] = useState<string | null>(null);
  const instants = instantsOf(local, zone);

  function submit() {
    const at = instants[isSecond ? instants.length - 1 : 0];
    const message = pastQueryError({ at, from, to }, new Date());
    setError(message);
    if (message === null) {
      onQuery({ at: at!, from, to });
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
          Date and time, {zoneName(zone)}
          <input
            type="datetime-local"
            step={1}
            max="2999-12-31T23:59"
            required
            value={local}
            onChange={(event) => setLocal(event.target.value)}
          />
        </label>
        {instants.length > 1 && (
          <label>
            This time came twice
            <select value={String(isSecond)} onChange={(event) => setIsSecond(event.target.value === "true")}>
              <option value="false">The first time</option>
              <option value="true">The second time</option>
            </select>
          </label>
        )}
        <label>
          First day
          <input type="date" {...DATES} value={from} onChange={(event) => setFrom(event.target.value)} />
        </label>
        <label>
          Last day
          <input type="date" {...DATES} value={to} onChange={(event) => setTo(event.target.value)} />
        </label>
        <button>Show</button>
      </div>
      {error && (
        <p role="alert" className="invalid">
          {error}
        </p>
      )}
    </form>
  );
}
