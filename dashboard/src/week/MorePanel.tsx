import { useState } from "react";
import type { ReactNode } from "react";
import { minutesOf } from "../clock";
import { t } from "../texts";
import { EARLIEST, LATEST, addDays, longDate, mondayInWeekOf } from "../time";
import { Panel } from "./Panel";

interface MorePanelProps {
  weekStart: string;
  today: string;
  /** The shown days that can be edited. */
  dates: readonly string[];
  durationMinutes: number;
  isBusy: boolean;
  onWeek: (date: string) => void;
  onOffer: (date: string, from: number, durationMinutes: number) => void;
  onCopyLastWeek: () => void;
  onRepeat: (weeks: number) => void;
  /** The length of most free times that are shown; undefined if there are none. */
  usualLength: number | undefined;
  onResize: (fromMinutes: number, toMinutes: number) => void;
  onClear: (first: string, last: string) => void;
  onClose: () => void;
  /** More forms. */
  children?: ReactNode;
}

const MAX_WEEKS = 12;

/** What is rarely used: another week, a time at any minute, and forms that copy, repeat or clear. They save nothing. */
export function MorePanel(props: MorePanelProps) {
  const { weekStart, today, isBusy } = props;
  const [weeks, setWeeks] = useState(4);
  return (
    <Panel title={t.week.bar.more} onClose={props.onClose}>
      <GoTo weekStart={weekStart} onWeek={props.onWeek} />
      <OfferForm key={`${weekStart} ${props.durationMinutes}`} {...props} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          props.onCopyLastWeek();
        }}
      >
        <h3>{t.week.more.copyTitle}</h3>
        <p className="small">{t.week.more.copyMeans}</p>
        <button disabled={isBusy || addDays(weekStart, 6) < today}>{t.week.more.copy}</button>
      </form>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          props.onRepeat(weeks);
        }}
      >
        <label className="stack">
          {t.week.more.repeatFor}
          <select value={weeks} onChange={(event) => setWeeks(Number(event.target.value))}>
            {Array.from({ length: MAX_WEEKS }, (_, i) => (
              <option key={i} value={i + 1}>
                {t.week.more.weeks(i + 1)}
              </option>
            ))}
          </select>
        </label>
        <button disabled={isBusy}>{t.week.more.repeat}</button>
      </form>
      {props.usualLength !== undefined && (
        <ResizeForm key={props.usualLength} from={props.usualLength} isBusy={isBusy} onResize={props.onResize} />
      )}
      <ClearForm key={weekStart} {...props} />
      {props.children}
    </Panel>
  );
}

/** A field that opens the week of a date. It ignores a date until its year is typed completely. */
function GoTo({ weekStart, onWeek }: { weekStart: string; onWeek: (weekStart: string) => void }) {
  const [text, setText] = useState<string>();
  return (
    <label className="stack">
      {t.week.more.goTo}
      <input
        type="date"
        min={EARLIEST}
        max={LATEST}
        value={text ?? weekStart}
        onChange={({ target: { value } }) => {
          setText(value);
          if (value.length === LATEST.length && EARLIEST <= value && value <= LATEST) {
            onWeek(mondayInWeekOf(value));
          }
        }}
        onBlur={() => setText(undefined)}
      />
    </label>
  );
}

/** A form that offers a time at any minute, of any length. */
function OfferForm({ dates, durationMinutes, onOffer }: Pick<MorePanelProps, "dates" | "durationMinutes" | "onOffer">) {
  const [chosenDate, setChosenDate] = useState("");
  const [time, setTime] = useState("09:00");
  const [minutes, setMinutes] = useState(durationMinutes);
  const date = dates.includes(chosenDate) ? chosenDate : dates[0];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (date !== undefined) {
          onOffer(date, minutesOf(time), minutes);
        }
      }}
    >
      <h3>{t.week.more.offerTitle}</h3>
      <div className="row">
        <label className="stack">
          {t.week.slot.day}
          <select value={date} disabled={dates.length === 0} onChange={(event) => setChosenDate(event.target.value)}>
            {dates.map((each) => (
              <option key={each} value={each}>
                {longDate(each)}
              </option>
            ))}
          </select>
        </label>
        <label className="stack">
          {t.week.slot.start}
          <input type="time" required value={time} onChange={(event) => setTime(event.target.value)} />
        </label>
        <label className="stack">
          {t.week.slot.minutes}
          <input
            type="number"
            min={5}
            max={720}
            required
            value={minutes || ""}
            onChange={(event) => setMinutes(event.target.valueAsNumber || 0)}
          />
        </label>
      </div>
      <button disabled={dates.length === 0}>{t.week.more.offer}</button>
    </form>
  );
}

interface ResizeFormProps {
  from: number;
  isBusy: boolean;
  onResize: MorePanelProps["onResize"];
}

/** A form that gives the free times of one length another length. */
function ResizeForm({ from, isBusy, onResize }: ResizeFormProps) {
  const [[fromMinutes, toMinutes], setMinutes] = useState<[number, number]>([from, 0]);
  const field = (label: string, value: number, onMinutes: (minutes: number) => void) => (
    <label className="stack">
      {label}
      <input
        type="number"
        min={5}
        max={720}
        required
        value={value || ""}
        onChange={(event) => onMinutes(event.target.valueAsNumber || 0)}
      />
    </label>
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onResize(fromMinutes, toMinutes);
      }}
    >
      <h3>{t.week.more.lengthTitle}</h3>
      <p className="small">{t.week.more.lengthMeans}</p>
      <div className="row">
        {field(t.week.more.fromMinutes, fromMinutes, (minutes) => setMinutes([minutes, toMinutes]))}
        {field(t.week.more.toMinutes, toMinutes, (minutes) => setMinutes([fromMinutes, minutes]))}
      </div>
      <button disabled={isBusy}>{t.week.more.changeLength}</button>
    </form>
  );
}

/** A form that clears a range of days. At first, it is the shown week from today on; if that is over, it is today. */
function ClearForm({ weekStart, today, isBusy, onClear }: MorePanelProps) {
  const [range, setRange] = useState<{ first?: string; last?: string }>({});
  const weekEnd = addDays(weekStart, 6);
  const first = range.first ?? (weekStart > today ? weekStart : today);
  const last = range.last ?? (weekEnd > first ? weekEnd : first);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onClear(first, last);
      }}
    >
      <div className="row">
        <label className="stack">
          {t.week.more.clearFrom}
          <input
            type="date"
            required
            min={today}
            value={first}
            onChange={(event) => setRange({ ...range, first: event.target.value })}
          />
        </label>
        <label className="stack">
          {t.week.more.clearTo}
          <input
            type="date"
            required
            min={first}
            max={addDays(first || today, 91)}
            value={last}
            onChange={(event) => setRange({ ...range, last: event.target.value })}
          />
        </label>
      </div>
      <button disabled={isBusy}>{t.week.more.clear}</button>
    </form>
  );
}
