import { t } from "../texts";
import { dateIn, longDate, unambiguousTimeIn } from "../time";
import { justBefore, localIn } from "./instants";
import { neighbours, stripStart } from "./moment";
import type { Mark, Moment } from "./moment";

interface StripProps {
  marks: readonly Mark[];
  moment: Moment;
  zone: string;
  onMoment: (at: string, options?: { replace: boolean }) => void;
}

/**
 * The time line of a week's changes. Arrow keys go from change to change, a press chooses a moment. Screen readers have
 * it as a slider with the moment as its value.
 */
export function Strip({ marks, moment, zone, onMoment }: StripProps) {
  const now = Date.now();
  const start = stripStart(marks, moment.at, now);
  const place = (at: string) => `${((Date.parse(at) - start) / (now - start)) * 100}%`;
  const { before, after } = neighbours(marks, moment.at);
  const position = marks.filter(({ at }) => Date.parse(at) <= Date.parse(moment.at)).length;
  const found = marks.findLast(({ kind }) => kind === "external");

  function onKeyDown(event: React.KeyboardEvent) {
    const at = { ArrowLeft: before, ArrowDown: before, ArrowRight: after, ArrowUp: after }[event.key];
    if (at !== undefined) {
      event.preventDefault();
      onMoment(at, { replace: true });
    }
  }

  function onClick(event: React.MouseEvent<HTMLDivElement>) {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const fromStart = document.documentElement.dir === "rtl" ? 1 - share : share;
    onMoment(new Date(Math.min(now, Math.round((start + fromStart * (now - start)) / 60_000) * 60_000)).toISOString());
  }

  return (
    <div>
      <div
        className="strip"
        role="slider"
        tabIndex={0}
        aria-label={t.history.moment}
        aria-valuemin={0}
        aria-valuemax={marks.length}
        aria-valuenow={position}
        aria-valuetext={momentName(zone, moment, marks)}
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        {found && <span className="unsure" style={{ inlineSize: place(found.at) }} />}
        {marks.map(({ at, kind }) => (
          <i key={at} className={kind} style={{ insetInlineStart: place(at) }} />
        ))}
        <b style={{ insetInlineStart: place(moment.at) }} />
      </div>
      <p className="ends" aria-hidden="true">
        <span>{longDate(dateIn(zone, new Date(start)), dateIn(zone, new Date()))}</span>
        <span>{t.history.now}</span>
      </p>
    </div>
  );
}

/** Return a moment: "Sunday 22 November, just before 20:52". If it isn't just before a change, it has its seconds. */
export function momentName(zone: string, { at }: Moment, marks: readonly Mark[]): string {
  const next = marks.find((mark) => justBefore(mark.at) === at);
  const instant = new Date(next?.at ?? at);
  const date = longDate(dateIn(zone, instant), dateIn(zone, new Date()));
  const seconds = localIn(zone, instant).slice(16);
  const time = unambiguousTimeIn(zone, instant) + (next || seconds === ":00" ? "" : seconds);
  return next ? t.history.justBefore(date, time) : `${date}, ${time}`;
}
