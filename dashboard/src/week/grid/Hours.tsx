import { useMemo } from "react";
import type { CSSProperties } from "react";
import { clockChangeOn, minutesOf } from "../../clock";
import { t } from "../../texts";
import { clockName, has12Hours, hourName } from "../../time";
import type { DemandOfWeek } from "../Demand";
import { labelledHours } from "./scale";
import type { Scale } from "./scale";

/** The names of the hours, beside the days. */
export function Gutter({ scale }: { scale: Scale }) {
  return (
    <div className="gutter" aria-hidden="true">
      <div className="day-header" />
      <div className="hours">
        {scale.folds.map(({ from, to }) => (
          <span key={from} className="fold-label" style={{ top: `${100 * scale.at(from)}%` }}>
            {foldHour(from)} – {foldHour(to)}
          </span>
        ))}
        {labelledHours(scale).map((minute) => (
          <span key={minute} style={{ top: `${100 * scale.at(minute)}%` }}>
            {hourName(minute / 60)}
          </span>
        ))}
      </div>
    </div>
  );
}

/** The lines of the hours, the strips of folded hours, and a time that the clocks skip. */
export function Lines({ scale, zone, date }: { scale: Scale; zone: string; date: string }) {
  const change = useMemo(() => clockChangeOn(zone, date), [zone, date]);
  const band = (from: number, to: number) => bandOf(scale, from, to);
  return (
    <>
      {scale.folds.map(({ from, to }) => (
        <i key={`fold ${from}`} className="fold" style={band(from, to)} />
      ))}
      {labelledHours(scale).map((minute) => (
        <i key={minute} className="line" style={{ top: `${100 * scale.at(minute)}%` }} />
      ))}
      {change && (
        <i
          className={change.isSkipped ? "skipped" : "repeated"}
          style={band(minutesOf(change.from), change.to === "24:00" ? 1440 : minutesOf(change.to))}
          title={t.week.grid[change.isSkipped ? "skips" : "twice"](clockName(change.from), clockName(change.to))}
        />
      )}
    </>
  );
}

/** The hours of a day, shaded by the part of the offered slots that was booked. `Demand` says it in words. */
export function Heat({ demand, scale }: { demand: DemandOfWeek[number]; scale: Scale }) {
  return demand.map(({ offered, booked }, hour) => {
    const [from, to] = [60 * hour, 60 * hour + 60];
    const isFolded = scale.folds.some((fold) => fold.from < to && from < fold.to);
    const style = { ...bandOf(scale, from, to), "--share": booked / offered } as CSSProperties;
    return booked > 0 && !isFolded && <i key={hour} className="heat" style={style} />;
  });
}

/** Return where a column has an interval of a day. */
function bandOf(scale: Scale, from: number, to: number): CSSProperties {
  return { top: `${100 * scale.at(from)}%`, height: `${100 * (scale.at(to) - scale.at(from))}%` };
}

/** Return an hour of the strip of folded hours, which has little room: "8", "21" or "9". */
function foldHour(minute: number): string {
  const hour = minute / 60;
  return String(has12Hours() ? hour % 12 || 12 : hour);
}
