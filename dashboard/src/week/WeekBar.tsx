import type { ReactNode } from "react";
import { isoWeek, longDate, rangeName } from "../time";

/** What can be open beside the week. */
export const PANELS = ["ill", "more"] as const;
export type PanelName = (typeof PANELS)[number];

interface WeekBarProps {
  monday: string;
  /** On a phone, the shown day. */
  day: string | undefined;
  lastDay: string;
  durationMinutes: number;
  onDuration: (minutes: number) => void;
  onPage: (direction: 1 | -1) => void;
  onToday: () => void;
  panel: PanelName | undefined;
  onPanel: (panel: PanelName | undefined) => void;
  /** More for the line below the title. */
  children?: ReactNode;
}

const LENGTHS = [30, 45, 50, 60, 75, 90, 120];

/** The bar above the week: which week it is, the length of new slots, and what opens beside the week. */
export function WeekBar(props: WeekBarProps) {
  const { monday, day, durationMinutes, onPage, panel, onPanel } = props;
  const lengths = [...new Set([...LENGTHS, durationMinutes])].sort((one, other) => one - other);
  const opens = (name: PanelName) => ({
    "aria-expanded": panel === name,
    "aria-pressed": panel === name,
    onClick: () => onPanel(panel === name ? undefined : name),
  });
  return (
    <div className="week-bar">
      <span className="pair">
        <button type="button" className="icon" aria-label="Earlier" onClick={() => onPage(-1)}>
          <Icon path="M12 5l-5 5 5 5" isMirrored />
        </button>
        <button type="button" className="icon" aria-label="Later" onClick={() => onPage(1)}>
          <Icon path="M8 5l5 5-5 5" isMirrored />
        </button>
      </span>
      <button type="button" onClick={props.onToday}>
        {day === undefined ? "This week" : "Today"}
      </button>
      <div className="title">
        <h2 id="week">{day === undefined ? rangeName(monday, props.lastDay) : longDate(day)}</h2>
        <p className="zones">
          Week {isoWeek(monday)}
          {props.children}
        </p>
      </div>
      <label className="length">
        <span className="wide">New times:</span>
        <select
          aria-label="Length of new times"
          value={durationMinutes}
          onChange={(event) => props.onDuration(Number(event.target.value))}
        >
          {lengths.map((minutes) => (
            <option key={minutes} value={minutes}>
              {minutes} min
            </option>
          ))}
        </select>
      </label>
      <button type="button" className="quiet" {...opens("ill")}>
        <Icon path="M8 11.3V4.5a2 2 0 1 1 4 0v6.8a3.6 3.6 0 1 1-4 0zM10 8v5.5" />
        I'm ill
      </button>
      <button type="button" className="quiet" {...opens("more")}>
        <Icon path="M4 6h12M4 10h12M4 14h12" />
        More
      </button>
    </div>
  );
}

function Icon({ path, isMirrored = false }: { path: string; isMirrored?: boolean }) {
  return (
    <svg className={isMirrored ? "i mirrored" : "i"} viewBox="0 0 20 20" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
