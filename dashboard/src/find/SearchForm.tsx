import { useState } from "react";
import { plural } from "../labels";
import { LATEST, addDays } from "../time";
import { clock, isDate } from "./search";
import type { Search } from "./search";

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const LENGTHS = [30, 45, 60, 90, 120];
/** The hour to begin at when the viewer chooses dates. */
const MORNING = 8;

interface SearchFormProps {
  search: Search;
  onSearch: (search: Search) => void;
  /** The tags to choose from. Without tags, there is no field for them. */
  tags: readonly string[];
  /** The date in the viewer's zone. */
  today: string;
}

/** When, how long, and which subject. Each change searches again. */
export function SearchForm({ search, onSearch, tags, today }: SearchFormProps) {
  const { date, hour, minutes } = search;
  const [dateText, setDateText] = useState<string>(); // while the viewer types
  const chosenTags = search.tags.join(", ");
  const lengths = minutes === null || LENGTHS.includes(minutes) ? LENGTHS : [...LENGTHS, minutes];
  const change = (part: Partial<Search>) => onSearch({ ...search, ...part });
  return (
    <div className="fields search" role="search" aria-label="Free times of all tutors">
      <label>
        When
        <select
          value={date === null ? "next" : "date"}
          onChange={({ target: { value } }) =>
            change(value === "next" ? { date: null, hour: 0 } : { date: addDays(today, 1), hour: MORNING })
          }
        >
          <option value="next">Next free</option>
          <option value="date">From a date</option>
        </select>
      </label>
      {date !== null && (
        <>
          <label>
            Date
            <input
              type="date"
              min={today}
              max={LATEST}
              value={dateText ?? date}
              onChange={({ target: { value } }) => {
                setDateText(value);
                if (isDate(value) && value >= today) {
                  change({ date: value });
                }
              }}
              onBlur={() => setDateText(undefined)}
            />
          </label>
          <label>
            From
            <select value={hour} onChange={(event) => change({ hour: Number(event.target.value) })}>
              {HOURS.map((hour) => (
                <option key={hour} value={hour}>
                  {clock(hour)}
                </option>
              ))}
            </select>
          </label>
        </>
      )}
      <label>
        How long
        <select
          value={minutes ?? ""}
          onChange={({ target: { value } }) => change({ minutes: value === "" ? null : Number(value) })}
        >
          <option value="">Any length</option>
          {lengths.map((minutes) => (
            <option key={minutes} value={minutes}>
              {plural(minutes, "minute")}
            </option>
          ))}
        </select>
      </label>
      {(tags.length > 0 || chosenTags !== "") && (
        <label>
          Subject
          <select
            value={chosenTags}
            onChange={({ target: { value } }) => change({ tags: value === "" ? [] : [value] })}
          >
            <option value="">Any subject</option>
            {[...new Set([...tags, chosenTags])].filter(Boolean).map((tag) => (
              <option key={tag}>{tag}</option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}
