import { useEffect, useRef } from "react";
import { Link } from "wouter";
import type { Api, Availability } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { dateAt, slotName, spanOf, timeAt } from "../clock";
import { linkWith } from "../links";
import { t } from "../texts";
import { addDays, dateIn, firstOfWeek, longDate, rangeName, shortDate, timeIn } from "../time";
import { Icon } from "../ui/Icon";
import { useAnswer } from "../useAnswer";
import type { QueryState } from "../useQueryState";
import { InstantForm } from "./InstantForm";
import { MiniWeek, hoursOf } from "./MiniWeek";
import { Strip, momentName } from "./Strip";
import { compareDays, differencesOf, picturesOf, slotsInWeek } from "./comparison";
import { doubtful, marksOf, neighbours } from "./moment";
import type { Moment } from "./moment";
import type { Item } from "./timeline";

interface PastWeekProps {
  api: Api;
  tutorId: string;
  zone: string;
  moment: Moment;
  items: readonly Item[];
  state: QueryState;
}

/** A week as it was at a moment, beside the week as it is now: with the moment to choose, and what is different. */
export function PastWeek({ api, tutorId, zone, moment, items, state }: PastWeekProps) {
  const { at, week } = moment;
  const first = firstOfWeek(week);
  const marks = marksOf(items, week, zone);
  const { before, after } = neighbours(marks, at);
  const heading = useRef<HTMLHeadingElement>(null);
  const isChosen = state.params.has("at");
  const { answer, error, isLoading, reload } = useAnswer("then and now", [tutorId, at, week, first], async (signal) => {
    // Slots of other zones may be on another date there.
    const [from, to] = [addDays(first, -1), addDays(first, 7)];
    const [then, now] = await Promise.all([
      api.availability.getAvailability(tutorId, from, to, { asOf: at, signal }),
      api.availability.getAvailability(tutorId, from, to, { signal }),
    ]);
    const inWeek = ({ days }: Pick<Availability, "days">) => slotsInWeek(days, week, zone);
    // Return the moment with the answer: while the next answer is loading, this one is still shown.
    return { moment, isComplete: then.complete !== false, days: compareDays(inWeek(then), inWeek(now)) };
  });
  useEffect(() => {
    if (state.params.get("side") === "week" && isChosen && document.activeElement === document.body) {
      heading.current?.focus(); // the viewer came by a link of the timeline
    }
  }, [at, week]);
  const shown = answer?.moment ?? moment;
  const shownFirst = firstOfWeek(shown.week);
  const choose = (next: string, options?: { replace: boolean }) => state.change({ at: next, week, side: "week" }, options);
  return (
    <aside className="card was" aria-labelledby="was" aria-busy={isLoading}>
      <div className="was-head">
        <div aria-live="polite">
          <p className="small">{t.history.asItWas}</p>
          <h3 id="was" ref={heading} tabIndex={-1}>
            {momentName(zone, shown, marksOf(items, shown.week, zone))}
          </h3>
          <p className="small">{t.history.weekOf(rangeName(shownFirst, addDays(shownFirst, 6)))}</p>
        </div>
        <div className="pair">
          {(
            [
              [t.history.changeBefore, before, "back"],
              [t.history.changeAfter, after, "forward"],
            ] as const
          ).map(([name, to, icon]) => (
            <button key={icon} type="button" className="icon" aria-label={name} aria-disabled={to === undefined} onClick={() => to && choose(to)}>
              <Icon name={icon} />
            </button>
          ))}
        </div>
      </div>
      <Strip {...{ marks, moment, zone }} onMoment={choose} />
      {error && <ErrorMessage error={error} retry={reload} />}
      {answer && !error && <Comparison {...{ ...answer, zone, tutorId, items }} />}
      {(answer || error) && (
        <details className="exact">
          <summary>{t.history.exact}</summary>
          <InstantForm key={`${at} ${week}`} {...{ zone, moment }} onMoment={(next) => state.change({ ...next, side: "week" })} />
        </details>
      )}
    </aside>
  );
}

interface ComparisonProps {
  moment: Moment;
  isComplete: boolean;
  days: ReturnType<typeof compareDays>;
  zone: string;
  tutorId: string;
  items: readonly Item[];
}

/** How certain the past week is, both weeks as pictures, and the list of what is different. */
function Comparison({ moment, isComplete, days, zone, tutorId, items }: ComparisonProps) {
  const found = doubtful(items, moment, zone);
  const isCertain = isComplete && found.length === 0;
  const { then, now } = picturesOf(days, zone);
  const hours = hoursOf([...then, ...now], zone);
  const differences = differencesOf(days, zone);
  const first = firstOfWeek(moment.week);
  return (
    <>
      <p className="certainty">
        <span className={isCertain ? "chip free" : "chip warn"}>
          {isCertain && <Icon name="check" />}
          {isCertain ? t.why.certain : t.why.uncertain}
        </span>
        <span>{isCertain ? t.history.certain : found[0] ? t.history.foundAt(momentText(zone, found[0].at)) : t.history.notCertain}</span>
      </p>
      <div className="weeks">
        <MiniWeek {...{ first, zone, hours }} title={t.history.thenTitle} slots={then} />
        <MiniWeek {...{ first, zone, hours }} title={t.history.nowTitle} slots={now} />
      </div>
      <p className="key" aria-hidden="true">
        {(["free", "booked", "gone", "different"] as const).map((state) => (
          <span key={state}>
            <i className={state} /> {t.history.states[state]}
          </span>
        ))}
      </p>
      {differences.length === 0 ? (
        <p className="none">{days.length === 0 ? t.history.noSlots : t.history.same}</p>
      ) : (
        <ul className="diff" aria-label={t.history.states.different}>
          {differences.map(({ slot, was, is }) => {
            const start = spanOf(slot.date, slot)[0];
            return (
              <li key={`${slot.date} ${slot.time} ${slot.durationMinutes} ${slot.timeZone}`}>
                <b>
                  {shortDate(slot.date)} {slotName(zone, slot.date, slot)}
                </b>
                <span>{t.history.difference(t.history.states[was], t.history.states[is])}</span>
                <Link className="button quiet" href={linkWith("why", { tutor: tutorId, at: `${dateAt(zone, start)}T${timeAt(zone, start)}` })}>
                  {t.why.title}
                  <span className="hidden">
                    {" "}
                    {shortDate(slot.date)} {slot.time}
                  </span>
                </Link>
              </li>
            );
          })}
        </ul>
      )}
    </>
  );
}

function momentText(zone: string, at: string): string {
  const instant = new Date(at);
  return t.why.dateAt(longDate(dateIn(zone, instant), dateIn(zone, new Date())), timeIn(zone, instant));
}
