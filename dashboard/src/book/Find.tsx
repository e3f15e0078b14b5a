import { useRef, useState } from "react";
import { Unauthenticated } from "slotledger-client";
import type { Booking, FoundSlot, SlotSearch } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { byDate } from "../freeSlots";
import { ReadableError } from "../labels";
import { t } from "../texts";
import { longDate } from "../time";
import { ZoneChoice } from "../ui/ZoneChoice";
import { useAnswer } from "../useAnswer";
import type { BookProps } from "./BookView";
import { First, Row, isSame } from "./FoundTime";
import { Sentence } from "./Sentence";
import { PAGE, furtherGoal, hasMore, nothingRead, readOn } from "./found";
import type { Found, Goal } from "./found";
import { WINDOW_DAYS, firstWindow } from "./search";
import type { Booker } from "./useBooking";
import { dayHeading, hourName, isLater, resultText } from "./labels";

export type FindProps = BookProps & { onPlaced: (booking: Booking) => void };

const FIRST_GOAL: Goal = { slots: PAGE, windows: 1 };

/** What a search has found. For another goal of the same search, read on; otherwise, read again from the start. */
interface Answer {
  /** The text of the search. */
  text: string;
  goal: Goal;
  found: Found;
}

/** The free times of all tutors: what to look for, the first one that is free, and then the others by day. */
export function Find(props: FindProps) {
  const { api, place, go, zone, today, tags, tutors, isStudent, isSignedIn, booker } = props;
  const { date, hour, minutes } = place;
  const [goal, setGoal] = useState(FIRST_GOAL);
  const text = JSON.stringify([date, hour, minutes, place.tags, zone]);
  const earlier = useRef<Answer>(undefined);
  const { answer, error, isLoading, reload } = useAnswer(
    "free",
    [text, goal],
    async (signal) => {
      const find = (page: SlotSearch) => api.search.findSlots(page, { signal });
      const isMore = earlier.current?.text === text && earlier.current.goal !== goal;
      const before = isMore ? earlier.current!.found : nothingRead(firstWindow(place, zone, new Date()));
      return (earlier.current = { text, goal, found: await readOn(find, place, zone, before, goal) });
    },
    { isReloaded: true },
  );
  const found = answer?.found;
  const isOld = answer !== undefined && answer.text !== text; // what the search before has found stays until this one has
  const names = new Map([...tutors, ...(found?.slots ?? []).map(({ tutorId, tutorName: name }) => ({ tutorId, name }))].map(
    ({ tutorId, name }) => [tutorId, name],
  ));
  const slots = withRefused(found?.slots ?? [], booker);

  return (
    <section aria-labelledby="find" aria-busy={isLoading} className="find-lesson">
      <header>
        <h2 id="find" tabIndex={-1} data-focus>
          {t.book.title}
        </h2>
        <ZoneChoice />
      </header>
      <Sentence
        {...{ place, tags, today, isStudent }}
        tutors={names}
        onChange={(part) => {
          booker.setOutcome({});
          setGoal(FIRST_GOAL);
          go(part, part.tutorId !== undefined);
        }}
      />
      {booker.outcome.error && <ErrorMessage error={booker.outcome.error} retry={booker.outcome.retry} />}
      {error &&
        (error instanceof Unauthenticated && !isSignedIn ? (
          <ErrorMessage error={new ReadableError(t.book.signInToSearch)} />
        ) : (
          <ErrorMessage error={error} retry={reload} />
        ))}
      <p role="status" className="hidden">
        {isLoading && !found ? t.book.looking : found && !isOld && resultText(found, zone, today)}
      </p>
      <div className="found-times" aria-label={t.views.free} role="group" inert={isOld}>
        {!found && !error && <div className="first">{t.book.looking}</div>}
        {slots.length > 0 && !error && (
          <First {...props} slot={slots[0]!} intro={found && isLater(found, place, zone, today) ? nothingOn(props) : t.book.first} />
        )}
        {found && !error && <p className="result">{resultText(found, zone, today)}</p>}
        {!error && slots.length > 1 && (
          <div className="card">
            {[...byDate(slots.slice(1), zone)].map(([day, ofDay]) => (
              <div key={day}>
                <h3>
                  <time dateTime={day}>{dayHeading(day, today)}</time>
                </h3>
                <ul>
                  {ofDay.map((slot) => (
                    <Row key={`${slot.tutorId} ${slot.startsAt}`} {...props} slot={slot} />
                  ))}
                </ul>
              </div>
            ))}
          </div>
        )}
        {found && !error && (
          <button aria-disabled={isLoading} onClick={() => isLoading || setGoal(furtherGoal(found))}>
            {hasMore(found) ? t.book.showMore : t.book.nextDays(WINDOW_DAYS)}
          </button>
        )}
      </div>
    </section>
  );
}

/** Return the found slots with the one that was refused. It isn't found any more, but its place says why. */
function withRefused(found: readonly FoundSlot[], { outcome: { refusal } }: Booker): FoundSlot[] {
  const slots = refusal && !found.some((slot) => isSame(slot, refusal.slot)) ? [...found, refusal.slot] : [...found];
  return slots.sort((a, b) => Date.parse(a.startsAt) - Date.parse(b.startsAt));
}

function nothingOn({ place: { date, hour }, today }: FindProps): string {
  return t.book.nothingOn(longDate(date!, today), hour === 0 ? null : hourName(hour));
}
