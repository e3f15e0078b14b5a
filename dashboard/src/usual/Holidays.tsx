import PublicHolidays from "date-holidays";
import { data } from "date-holidays/data";
import { useMemo, useState } from "react";
import { addDays, shortDate } from "../time";
import type { BreakRow } from "./schedule";

interface HolidaysProps {
  breaks: readonly BreakRow[];
  onBreaks: (breaks: BreakRow[]) => void;
  zone: string;
  today: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const LANGUAGE = "en";

/**
 * The public holidays of a country in the next year, to tick. A ticked holiday is a break with plain dates. This module
 * has the rules of all countries, so that it is loaded only when it is needed.
 */
export default function Holidays({ breaks, onBreaks, zone, today }: HolidaysProps) {
  const countries = useMemo(() => sortedByName(new PublicHolidays().getCountries(LANGUAGE)), []);
  const [country, setCountry] = useState(() => countryOf(zone));
  const [state, setState] = useState("");
  const states = useMemo(() => sortedByName(new PublicHolidays().getStates(country, LANGUAGE) ?? {}), [country]);
  const holidays = useMemo(() => holidaysOf(country, state, today), [country, state, today]);
  const isOwn = (holiday: BreakRow, { from, to }: BreakRow) => from === holiday.from && (to || from) === holiday.to;
  const isCovered = (holiday: BreakRow) =>
    breaks.some(({ from, to }) => from !== "" && from <= holiday.from && holiday.to <= (to || from));
  const missing = holidays.filter((holiday) => !isCovered(holiday));
  return (
    <>
      <div className="fields">
        <label>
          Country
          <select
            value={country}
            onChange={(event) => {
              setCountry(event.target.value);
              setState("");
            }}
          >
            <option value="">Choose …</option>
            {countries.map(([code, name]) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {states.length > 0 && (
          <label>
            Region
            <select value={state} onChange={(event) => setState(event.target.value)}>
              <option value="">The whole country</option>
              {states.map(([code, name]) => (
                <option key={code} value={code}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        {holidays.length > 0 && (
          <button type="button" aria-disabled={missing.length === 0} onClick={() => onBreaks([...breaks, ...missing])}>
            Tick all
          </button>
        )}
      </div>
      <ul className="holidays">
        {holidays.map((holiday) => {
          const isPartOfBreak = isCovered(holiday) && !breaks.some((each) => isOwn(holiday, each));
          return (
            <li key={`${holiday.from} ${holiday.note}`}>
              <label className="choice">
                <input
                  type="checkbox"
                  checked={isCovered(holiday)}
                  disabled={isPartOfBreak}
                  onChange={({ target }) =>
                    onBreaks(target.checked ? [...breaks, holiday] : breaks.filter((each) => !isOwn(holiday, each)))
                  }
                />
                <span>
                  {shortDate(holiday.from)}
                  {holiday.to > holiday.from && ` to ${shortDate(holiday.to)}`}: {holiday.note}
                  {isPartOfBreak && " (in a break already)"}
                </span>
              </label>
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** Return the holidays of the next year, each once, as breaks. */
function holidaysOf(country: string, state: string, today: string): BreakRow[] {
  if (country === "") {
    return [];
  }
  const rules = new PublicHolidays(country, state, { languages: [LANGUAGE], types: ["public"] });
  const year = Number(today.slice(0, 4));
  const found = [year, year + 1].flatMap((each) => rules.getHolidays(each)).map(({ date, start, end, name }): BreakRow => {
    const from = date.slice(0, 10);
    const days = Math.max(1, Math.round((end.getTime() - start.getTime()) / DAY_MS));
    return { from, to: addDays(from, days - 1), note: name };
  });
  const soon = found.filter(({ from, to }) => to >= today && from <= addDays(today, 364));
  return [...new Map(soon.map((holiday) => [`${holiday.from} ${holiday.to}`, holiday])).values()];
}

/** Return the country of a time zone, or "". */
function countryOf(zone: string): string {
  return Object.entries(data.holidays).find(([, { zones }]) => zones.includes(zone))?.[0] ?? "";
}

function sortedByName(names: Record<string, string>): [code: string, name: string][] {
  return Object.entries(names).sort(([, one], [, other]) => one.localeCompare(other));
}
