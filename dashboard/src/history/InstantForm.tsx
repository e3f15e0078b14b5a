import { useState } from "react";
import { zoneName } from "../time";
import { instantsOf, localIn, wrongWith } from "./instants";
import type { Question } from "./instants";

const DATES = { min: "2000-01-01", max: "2999-12-31", required: true };

/** Asks for an instant, as clocks show it where the tutor is, and for days. */
export function InstantForm({
  zone,
  start,
  onAsk,
}: {
  zone: string;
  start: Question;
  onAsk: (question: Question) => void;
}) {
  const [local, setLocal] = useState(() => localIn(zone, new Date(start.at)));
  const [isSecond, setIsSecond] = useState(false);
  const [from, setFrom] = useState(start.from);
  const [to, setTo] = useState(start.to);
  const [wrong, setWrong] = useState<string | null>(null);
  const instants = instantsOf(local, zone);

  function ask() {
    const at = instants[isSecond ? instants.length - 1 : 0];
    const isWrong = wrongWith({ at, from, to }, new Date());
    setWrong(isWrong);
    if (isWrong === null) {
      onAsk({ at: at!, from, to });
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      <div className="fields">
        <label>
          Instant, {zoneName(zone)}
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
            The clocks showed it twice
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
      {wrong && (
        <p role="alert" className="wrong">
          {wrong}
        </p>
      )}
    </form>
  );
}
