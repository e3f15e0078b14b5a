import type { FoundSlot } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { freeSlotsByDate } from "../freeSlots";
import { serverNow } from "../serverClock";
import { t } from "../texts";
import { addDays, dateIn, longDate, timeIn, unambiguousTimeIn, weekdayAndDay } from "../time";
import { useAnswer } from "../useAnswer";
import type { TutorPartProps } from "./TutorPage";
import { fullStart, isElsewhere, labelOf, startThere } from "./labels";

/** The largest number of days that a request may have. */
const MAX_DAYS = 366;

interface DayTimesProps extends TutorPartProps {
  date: string;
  /** Whether the viewer has chosen the date. */
  isChosen: boolean;
  /** The last date whose free slots are loaded. */
  lastLoaded: string;
}

/** The free times of a day. A press holds one. If there is none, the next free day. */
export function DayTimes(props: DayTimesProps) {
  const { date, free, hasLoaded, zone, today, tutorName } = props;
  const slots = free.get(date) ?? [];
  const dateThere = slots[0] && isElsewhere(slots[0], zone) ? dateIn(slots[0].timeZone, new Date(slots[0].startsAt)) : date;
  return (
    <>
      <div className="day-head">
        <h3 tabIndex={-1} data-focus>
          <time dateTime={date}>{longDate(date, today)}</time>
        </h3>
        {dateThere !== date && <span className="note">{t.book.tutor.dayThere(weekdayAndDay(dateThere), tutorName)}</span>}
      </div>
      {slots.length > 0 ? (
        <ul className="times">
          {slots.map((slot) => (
            <li key={slot.startsAt}>
              <Time {...props} slot={slot} dateThere={dateThere} />
            </li>
          ))}
        </ul>
      ) : hasLoaded ? (
        <NothingFree {...props} />
      ) : (
        <p className="note">{t.book.looking}</p>
      )}
    </>
  );
}

/** A free time, with the tutor's time if it is another one. Visitors can't press it. */
function Time({ slot, dateThere, ...props }: DayTimesProps & { slot: FoundSlot; dateThere: string }) {
  const { zone, today, tutorName, place, go, booker, isStudent, onPlaced } = props;
  const start = new Date(slot.startsAt);
  const isNamed = dateIn(slot.timeZone, start) === dateThere; // the date is named above
  const startOfTutor = isNamed ? timeIn(slot.timeZone, start) : startThere(slot, zone, today);
  const there = isElsewhere(slot, zone) ? t.book.tutor.timeThere(startOfTutor, tutorName) : null;
  const details = [t.book.minutes(slot.durationMinutes), there].filter(Boolean).join(" · ");
  const content = (
    <>
      <b>
        <time dateTime={slot.startsAt}>{unambiguousTimeIn(zone, start)}</time>
      </b>{" "}
      <span className="note">{details}</span>
    </>
  );
  if (!isStudent) {
    return <div className="time">{content}</div>;
  }
  return (
    <button
      className="free"
      aria-label={labelOf(place.repeat ? t.book.seeDates : t.book.hold, `${fullStart(slot.startsAt, zone, today)} ${details}`)}
      aria-disabled={booker.isBusy}
      onClick={async () => {
        if (place.repeat) {
          go({ at: slot.startsAt }, true);
          return;
        }
        const booking = await booker.place({ slot, repeat: null });
        if (booking) {
          onPlaced(booking);
        }
      }}
    >
      {content}
    </button>
  );
}

/** What is free next, if nothing is free on a date. Look in what is loaded, and then in the year after that. */
function NothingFree(props: DayTimesProps) {
  const { api, tutorId, date, isChosen, lastLoaded, free, today, zone, place } = props;
  const later = [...free].find(([day, slots]) => day > date && slots.length > 0)?.[1][0];
  const { answer, error, reload } = useAnswer("free", [tutorId, "after", later ? null : lastLoaded], async (signal) =>
    later
      ? null
      : api.availability.getAvailability(tutorId, addDays(lastLoaded, -1), addDays(lastLoaded, MAX_DAYS - 2), { signal }),
  );
  const found = [...freeSlotsByDate(answer?.days ?? [], zone, new Date(serverNow()))]
    .filter(([day]) => day > date)
    .flatMap(([, slots]) => slots)
    .find(({ durationMinutes }) => place.minutes === null || durationMinutes === place.minutes);
  const next = later ?? found;
  return (
    <div className="nothing-free">
      <p>{isChosen || place.month !== null ? t.book.tutor.nothingOn(longDate(date, today)) : t.book.tutor.nothingThisWeek}</p>
      {error ? (
        <ErrorMessage error={error} retry={reload} />
      ) : next ? (
        <NextTime {...props} startsAt={next.startsAt} />
      ) : (
        <p className="note">{answer === undefined ? t.book.tutor.lookingForNext : t.book.tutor.noneThisYear}</p>
      )}
    </div>
  );
}

function NextTime({ startsAt, zone, today, go }: DayTimesProps & { startsAt: string }) {
  return (
    <div className="first">
      <div>
        <span className="note">{t.book.tutor.next}</span>
        <strong>{fullStart(startsAt, zone, today)}</strong>
      </div>
      <button className="primary big" onClick={() => go({ date: dateIn(zone, new Date(startsAt)), month: null })}>
        {t.book.tutor.showDay}
      </button>
    </div>
  );
}
