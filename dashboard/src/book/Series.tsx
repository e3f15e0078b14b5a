import { ErrorMessage } from "../ErrorMessage";
import { t } from "../texts";
import { dateIn } from "../time";
import { useAnswer } from "../useAnswer";
import type { TutorPartProps } from "./TutorPage";
import type { Rhythm } from "./search";
import { lastDateOf, seriesDates } from "./series";
import { briefStart, rhythmName, shortStart } from "./labels";

interface SeriesProps extends TutorPartProps {
  /** The start of the first lesson. */
  at: string;
  rhythm: Rhythm;
}

/** Each date of a lesson that is repeated, and which are taken, before anything is held. */
export function Series(props: SeriesProps) {
  const { api, tutorId, at, rhythm, free, hasLoaded, booker, go, zone, today, onPlaced } = props;
  const first = [...free.values()].flat().find(({ startsAt }) => Date.parse(startsAt) === Date.parse(at));
  const last = first && lastDateOf(first.date, rhythm);
  const { answer, error, reload } = useAnswer("free", [tutorId, "series", first?.date, last], async (signal) =>
    first ? (await api.availability.getAvailability(tutorId, first.date, last!, { signal })).days : null,
  );
  const texts = t.book.series;
  const back = (
    <button className="big" onClick={() => go({ at: null, date: dateIn(zone, new Date(at)) })}>
      {texts.back}
    </button>
  );
  if (error) {
    return <ErrorMessage error={error} retry={reload} />;
  }
  if (hasLoaded && !first) {
    return (
      <div className="step-panel">
        <p tabIndex={-1} data-focus>
          {t.book.refusals.slot_not_found}.
        </p>
        <div className="act">{back}</div>
      </div>
    );
  }
  if (!first || !answer) {
    return <p className="note">{t.book.looking}</p>;
  }
  const dates = seriesDates(first, rhythm, answer, new Date());
  const count = dates.filter(({ slot }) => slot).length;
  const taken = dates.length - count;
  return (
    <div className="step-panel">
      <div className="day-head">
        <h3 tabIndex={-1} data-focus>
          {texts.title(briefStart(first, zone, today))}
        </h3>
        <span className="note">{rhythmName(rhythm)}</span>
      </div>
      <ol className="series">
        {dates.map(({ date, startsAt, slot }) => (
          <li key={date} className={slot ? undefined : "gone"}>
            {slot ? <span>{shortStart(startsAt, zone)}</span> : <s>{shortStart(startsAt, zone)}</s>}
            <span className={slot ? "chip free" : "chip gone"}>{slot ? texts.free : texts.taken}</span>
          </li>
        ))}
      </ol>
      <p role="status">{taken === 0 ? texts.allFree(count) : count === 0 ? texts.none : texts.some(count, taken)}</p>
      <div className="act">
        {count > 0 && (
          <button
            className="primary big"
            aria-disabled={booker.isBusy}
            onClick={async () => {
              const booking = await booker.place({ slot: first, repeat: rhythm });
              if (booking) {
                onPlaced(booking);
              }
            }}
          >
            {taken === 0 ? texts.hold(count) : texts.holdOthers(count)}
          </button>
        )}
        {back}
      </div>
    </div>
  );
}
