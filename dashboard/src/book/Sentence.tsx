import { useState } from "react";
import type { ReactNode } from "react";
import { t } from "../texts";
import { LATEST, longDate } from "../time";
import { isDate } from "./search";
import type { Place, Rhythm, Search } from "./search";
import { hourName, rhythmName } from "./labels";

const HOURS = Array.from({ length: 23 }, (_, i) => i + 1);
const LENGTHS = [30, 45, 60, 90, 120];
const RHYTHMS: readonly Rhythm[] = [1, 2].flatMap((everyWeeks) => [4, 8, 12].map((count) => ({ everyWeeks, count })));

interface SentenceProps {
  place: Place;
  onChange: (part: Partial<Place>) => void;
  /** The tags to choose from. Without tags, there is no choice of a subject. */
  tags: readonly string[];
  /** The tutors to choose from, if the times of all tutors are shown. */
  tutors?: ReadonlyMap<string, string>;
  /** The date in the viewer's zone. */
  today: string;
  /** Whether the viewer can book, also every week. */
  isStudent: boolean;
}

/** What the viewer looks for, as a sentence with choices. Each choice searches again. */
export function Sentence({ place, onChange, tags, tutors, today, isStudent }: SentenceProps) {
  const words = t.book.sentence;
  const { minutes, hour, repeat } = place;
  const lengths = minutes === null || LENGTHS.includes(minutes) ? LENGTHS : [...LENGTHS, minutes];
  const subject = place.tags.join(", ");
  const rhythms = repeat && !RHYTHMS.some((each) => textOf(each) === textOf(repeat)) ? [...RHYTHMS, repeat] : RHYTHMS;
  return (
    <div className="sentence" role="search" aria-label={words.name}>
      {tutors && (
        <>
          <Choice before={words.with} name={words.tutor} value="" onChange={(tutorId) => onChange({ tutorId })}>
            <option value="">{words.anyTutor}</option>
            {[...tutors].map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Choice>
          <DateChoice date={place.date} today={today} onDate={(date) => onChange({ date })} />
          <Choice before={words.after} name={words.hour} value={hour} onChange={(text) => onChange({ hour: Number(text) })}>
            <option value={0}>{words.anyTime}</option>
            {HOURS.map((hour) => (
              <option key={hour} value={hour}>
                {hourName(hour)}
              </option>
            ))}
          </Choice>
        </>
      )}
      <Choice
        before={tutors && words.for}
        name={words.length}
        value={minutes ?? ""}
        onChange={(text) => onChange({ minutes: text === "" ? null : Number(text) })}
      >
        <option value="">{words.anyLength}</option>
        {lengths.map((minutes) => (
          <option key={minutes} value={minutes}>
            {t.book.minutes(minutes)}
          </option>
        ))}
      </Choice>
      {tutors && (tags.length > 0 || subject !== "") && (
        <Choice
          before={words.in}
          name={words.subject}
          value={subject}
          onChange={(text) => onChange({ tags: text === "" ? [] : [text] })}
        >
          <option value="">{words.anySubject}</option>
          {[...new Set([...tags, subject])].filter(Boolean).map((tag) => (
            <option key={tag}>{tag}</option>
          ))}
        </Choice>
      )}
      {isStudent && (
        <Choice
          name={words.often}
          value={repeat ? textOf(repeat) : ""}
          onChange={(text) => onChange({ repeat: rhythms.find((each) => textOf(each) === text) ?? null })}
        >
          <option value="">{words.once}</option>
          {rhythms.map((rhythm) => (
            <option key={textOf(rhythm)} value={textOf(rhythm)}>
              {rhythmName(rhythm)}
            </option>
          ))}
        </Choice>
      )}
    </div>
  );
}

function textOf({ everyWeeks, count }: Rhythm): string {
  return `${everyWeeks} ${count}`;
}

interface ChoiceProps {
  /** The word before the choice. */
  before?: string;
  name: string;
  value: string | number;
  onChange: (value: string) => void;
  children: ReactNode;
}

/** A choice in the sentence: a word, and a list. */
function Choice({ before, name, value, onChange, children }: ChoiceProps) {
  return (
    <span className="choice">
      {before && <span aria-hidden="true">{before}</span>}
      <select aria-label={name} value={value} onChange={(event) => onChange(event.target.value)}>
        {children}
      </select>
    </span>
  );
}

interface DateChoiceProps extends Pick<Search, "date"> {
  today: string;
  onDate: (date: string | null) => void;
}

/** The date in words. A press opens the browser's calendar, and a key shows the browser's field. */
function DateChoice({ date, today, onDate }: DateChoiceProps) {
  const [text, setText] = useState<string>(); // while the field has the focus
  const [isTyped, setIsTyped] = useState(false);
  const { on, date: name, anyDay } = t.book.sentence;
  const shown = text ?? date ?? "";
  return (
    <span className="choice">
      <span aria-hidden="true">{on}</span>
      <span className={isTyped ? "date typed" : "date"}>
        <span aria-hidden="true">{isDate(shown) ? longDate(shown, today) : anyDay}</span>
        <input
          type="date"
          aria-label={name}
          min={today}
          max={LATEST}
          value={shown}
          onClick={({ currentTarget }) => {
            try {
              currentTarget.showPicker();
            } catch {
              setIsTyped(true); // the browser has no calendar, or doesn't open it here
            }
          }}
          onKeyDown={({ key }) => setIsTyped(isTyped || !["Tab", "Shift", "Escape", "Enter"].includes(key))}
          onChange={({ target: { value } }) => {
            setText(value);
            if (isDate(value) && value >= today) {
              onDate(value);
            }
          }}
          onBlur={() => {
            if (text === "") {
              onDate(null);
            }
            setText(undefined);
            setIsTyped(false);
          }}
        />
      </span>
    </span>
  );
}
