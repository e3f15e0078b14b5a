import type { ReactNode } from "react";
import { Link } from "wouter";
import { t } from "../texts";
import { firstDayOfWeek, isoWeek, longDate, rangeName } from "../time";

/** What can be open beside the week. */
export const PANELS = ["ill", "more"] as const;
export type PanelName = (typeof PANELS)[number];

interface WeekBarProps {
  weekStart: string;
  /** On a phone, the shown day. */
  day: string | undefined;
  lastDay: string;
  durationMinutes: number;
  onDuration: (minutes: number) => void;
  onPage: (direction: 1 | -1) => void;
  onToday: () => void;
  panel: PanelName | undefined;
  onPanel: (panel: PanelName | undefined) => void;
  /** The address of the holidays, if the tutor can have some. */
  holidays: string | undefined;
  /** More for the line below the title. */
  children?: ReactNode;
}

const LENGTHS = [30, 45, 50, 60, 75, 90, 120];

/** The bar above the week: which week it is, the length of new slots, and what opens beside the week. */
export function WeekBar(props: WeekBarProps) {
  const { weekStart, day, durationMinutes, onPage, panel, onPanel } = props;
  const lengths = [...new Set([...LENGTHS, durationMinutes])].sort((one, other) => one - other);
  const opens = (name: PanelName) => ({
    "aria-expanded": panel === name,
    "aria-pressed": panel === name,
    onClick: () => onPanel(panel === name ? undefined : name),
  });
  return (
    <div className="week-bar">
      <span className="pair">
        <button type="button" className="icon" aria-label={t.week.bar.earlier} onClick={() => onPage(-1)}>
          <Icon path="M12 5l-5 5 5 5" isDirected />
        </button>
        <button type="button" className="icon" aria-label={t.week.bar.later} onClick={() => onPage(1)}>
          <Icon path="M8 5l5 5-5 5" isDirected />
        </button>
      </span>
      <button type="button" onClick={props.onToday}>
        {day === undefined ? t.week.bar.thisWeek : t.week.bar.today}
      </button>
      <div className="title">
        <h2 id="week" aria-live="polite">{day === undefined ? rangeName(weekStart, props.lastDay) : longDate(day)}</h2>
        <p className="zones">
          {/* A week with a number begins on Monday. */}
          {firstDayOfWeek() === 1 && t.week.bar.number(isoWeek(weekStart))}
          {firstDayOfWeek() === 1 && props.children && " · "}
          {props.children}
        </p>
      </div>
      <label className="length">
        <span className="wide">{t.week.bar.newTimes}</span>
        <select
          aria-label={t.week.bar.lengthOfNew}
          value={durationMinutes}
          onChange={(event) => props.onDuration(Number(event.target.value))}
        >
          {lengths.map((minutes) => (
            <option key={minutes} value={minutes}>
              {t.week.bar.minutes(minutes)}
            </option>
          ))}
        </select>
      </label>
      {props.holidays && (
        <Link className="button quiet to-holidays" href={props.holidays}>
          <Icon path="M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1" />
          {t.week.bar.holidays}
        </Link>
      )}
      <button type="button" className="quiet" {...opens("ill")}>
        <Icon path="M8 11.3V4.5a2 2 0 1 1 4 0v6.8a3.6 3.6 0 1 1-4 0zM10 8v5.5" />
        {t.week.bar.ill}
      </button>
      <button type="button" className="quiet" {...opens("more")}>
        <Icon path="M4 6h12M4 10h12M4 14h12" />
        {t.week.bar.more}
      </button>
    </div>
  );
}

function Icon({ path, isDirected = false }: { path: string; isDirected?: boolean }) {
  return (
    <svg className={isDirected ? "i directed" : "i"} viewBox="0 0 20 20" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
