import PublicHolidays from "date-holidays";
import { data } from "date-holidays/data";
import { useMemo, useState } from "react";
import { language, t } from "../texts";
import { addDays, shortDate } from "../time";
import type { BreakRow } from "./schedule";

interface HolidaysProps {
  breaks: readonly BreakRow[];
  onBreaks: (breaks: BreakRow[]) => void;
  zone: string;
  today: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The public holidays of a country in the next year, to tick. A ticked holiday is a break with plain dates. This module
 * has the rules of all countries, so that it is loaded only when it is needed.
 */
export default function Holidays({ breaks, onBreaks, zone, today }: HolidaysProps) {
  const spoken = language === "xa" ? "en" : language;
  const countries = useMemo(() => sortedByName(countryNames(spoken)), [spoken]);
  const [country, setCountry] = useState(() => countryOf(zone));
  const [state, setState] = useState("");
  const states = useMemo(() => sortedByName(new PublicHolidays().getStates(country, spoken) ?? {}), [country, spoken]);
  const holidays = useMemo(() => holidaysOf(country, state, today, [spoken, "en"]), [country, state, today, spoken]);
  const isOwn = (holiday: BreakRow, { from, to }: BreakRow) => from === holiday.from && (to || from) === holiday.to;
  const isCovered = (holiday: BreakRow) =>
    breaks.some(({ from, to }) => from !== "" && from <= holiday.from && holiday.to <= (to || from));
  const missing = holidays.filter((holiday) => !isCovered(holiday));
  return (
    <>
      <div className="fields">
        <label>
          {t.usual.holidays.country}
          <select
            value={country}
            onChange={(event) => {
              setCountry(event.target.value);
              setState("");
            }}
          >
            <option value="">{t.usual.holidays.choose}</option>
            {countries.map(([code, name]) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {states.length > 0 && (
          <label>
            {t.usual.holidays.region}
            <select value={state} onChange={(event) => setState(event.target.value)}>
              <option value="">{t.usual.holidays.whole}</option>
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
            {t.usual.holidays.tickAll}
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
                  {daysOf(holiday)}: {holiday.note} {isPartOfBreak && t.usual.holidays.inBreak}
                </span>
              </label>
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** Return the countries that have rules, with their names in a language. */
function countryNames(language: string): Record<string, string> {
  const names = new Intl.DisplayNames(language, { type: "region" });
  const codes = Object.keys(new PublicHolidays().getCountries("en"));
  return Object.fromEntries(codes.map((code) => [code, names.of(code) ?? code]));
}

/** Return the days of a holiday: "Thu 24 Dec", "Thu 24 Dec to Fri 25 Dec". */
function daysOf({ from, to }: BreakRow): string {
  return to > from ? t.usual.holidays.span(shortDate(from), shortDate(to)) : shortDate(from);
}

/** Return the holidays of the next year, each once, as breaks. They have their names in the page's language. */
function holidaysOf(country: string, state: string, today: string, languages: string[]): BreakRow[] {
  if (country === "") {
    return [];
  }
  const rules = new PublicHolidays(country, state, { languages, types: ["public"] });
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
