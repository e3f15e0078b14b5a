import { Suspense, lazy, useEffect, useRef, useState } from "react";
import { t } from "../texts";
import { LATEST } from "../time";
import { EMPTY_BREAK } from "./schedule";
import type { BreakRow } from "./schedule";

const Holidays = lazy(() => import("./Holidays"));

interface BreaksProps {
  breaks: readonly BreakRow[];
  onBreaks: (breaks: BreakRow[]) => void;
  /** The tutor's zone, which suggests the country of the holidays. */
  zone: string;
  today: string;
  /** Whether the list of holidays is open and in sight at first. */
  areHolidaysOpen: boolean;
}

/** Fields for the breaks, with an empty row at the end, and the public holidays of a country. */
export function Breaks({ breaks, onBreaks, zone, today, areHolidaysOpen }: BreaksProps) {
  const [isOpen, setIsOpen] = useState(areHolidaysOpen);
  const holidays = useRef<HTMLElement>(null);
  useEffect(() => {
    if (areHolidaysOpen) {
      holidays.current!.focus(); // which also scrolls to it
    }
  }, []);
  const rows = [...breaks, EMPTY_BREAK];

  function change(number: number, fields: Partial<BreakRow>) {
    const changed = rows.map((row, i) => (i === number ? { ...row, ...fields } : row));
    onBreaks(changed.filter(({ from, to, note }) => from || to || note));
  }

  return (
    <fieldset>
      <legend>{t.usual.breaks.title}</legend>
      <p className="about">{t.usual.breaks.about}</p>
      {rows.map(({ from, to, note }, i) => (
        <div key={i} className="fields break" role="group" aria-label={t.usual.breaks.number(i + 1)}>
          <label>
            {t.usual.breaks.first}
            <input
              type="date"
              max={LATEST}
              required={to !== "" || note !== ""}
              value={from}
              onChange={(event) => change(i, { from: event.target.value })}
            />
          </label>
          <label>
            {t.usual.breaks.last}
            <input
              type="date"
              min={from}
              max={LATEST}
              value={to}
              onChange={(event) => change(i, { to: event.target.value })}
            />
          </label>
          <label className="wide">
            {t.usual.breaks.note}
            <input value={note} maxLength={500} onChange={(event) => change(i, { note: event.target.value })} />
          </label>
          {i < breaks.length && (
            <button
              type="button"
              aria-label={t.usual.breaks.removeNumber(i + 1)}
              onClick={() => onBreaks(breaks.filter((_, other) => other !== i))}
            >
              {t.usual.breaks.remove}
            </button>
          )}
        </div>
      ))}
      <details open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary ref={holidays}>{t.usual.holidays.title}</summary>
        {isOpen && (
          <Suspense fallback={<p>{t.loading}</p>}>
            <Holidays {...{ breaks, onBreaks, zone, today }} />
          </Suspense>
        )}
      </details>
    </fieldset>
  );
}
