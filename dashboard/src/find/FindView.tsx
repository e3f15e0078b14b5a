import { useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { Unauthenticated } from "slotledger-client";
import type { Api, SlotSearch } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { Holds } from "../booking/Holds";
import { YourBookings } from "../booking/YourBookings";
import { HOLD_SECONDS } from "../booking/holds";
import { useHolds } from "../booking/useHolds";
import { byDate } from "../freeSlots";
import { ReadableError } from "../labels";
import { linkTo } from "../links";
import { dateIn, viewersZone, zoneName } from "../time";
import { useAnswer } from "../useAnswer";
import { SearchForm } from "./SearchForm";
import { PAGE, furtherGoal, nothingRead, readOn } from "./found";
import type { Found, Goal } from "./found";
import { dayHeading, dayName, moreText, otherDateLabel, resultText, slotLabel } from "./labels";
import { firstWindow, queryOf, searchOf } from "./search";
import type { Search } from "./search";

interface FindViewProps {
  api: Api;
  /** The search in the address. */
  query: string;
  /** The subjects to choose from. */
  tags: readonly string[];
  isSignedIn: boolean;
}

const FIRST_GOAL: Goal = { slots: PAGE, windows: 1 };

/** The free times of all tutors. A signed-in student (`isStudent`) can book them. */
export default function FindView({ isStudent, ...props }: FindViewProps & { isStudent: boolean }) {
  return isStudent ? <BookableTimes {...props} /> : <FoundTimes {...props} />;
}

function BookableTimes(props: FindViewProps) {
  const holding = useHolds(props.api, null, viewersZone());
  return <FoundTimes {...props} holding={holding} />;
}

interface FoundTimesProps extends FindViewProps {
  /** The student's holds and bookings. If it is undefined, the slots have no buttons. */
  holding?: ReturnType<typeof useHolds>;
}

/** What a search has found. For another goal of the same search, read on; otherwise, read again from the start. */
interface Answer {
  /** The text of the search. */
  text: string;
  goal: Goal;
  found: Found;
}

/** The found slots by day, with the form to search, and a button to see more. */
function FoundTimes({ api, query, tags, isSignedIn, holding }: FoundTimesProps) {
  const zone = viewersZone();
  const today = dateIn(zone, new Date());
  const { search, setSearch } = useSearchOf(query);
  const [goal, setGoal] = useState(FIRST_GOAL);
  const text = queryOf(search);
  const earlier = useRef<Answer>(undefined);
  const { answer, error, isLoading, reload } = useAnswer(
    "free",
    [text, goal],
    async (signal) => {
      const find = (page: SlotSearch) => api.search.findSlots(page, { signal });
      const isMore = earlier.current?.text === text && earlier.current.goal !== goal;
      const before = isMore ? earlier.current!.found : nothingRead(firstWindow(search, zone, new Date()));
      return (earlier.current = { text, goal, found: await readOn(find, search, zone, before, goal) });
    },
    { isReloaded: true },
  );
  const found = answer?.text === text ? answer.found : undefined; // not what another search has found

  return (
    <section aria-labelledby="find" aria-busy={isLoading}>
      <h2 id="find">Free times of any tutor</h2>
      <p className="small short">
        In your time: {zoneName(zone)}.
        {holding && ` Choose a time: it is held for you for ${HOLD_SECONDS / 60} minutes.`}
      </p>
      <SearchForm
        {...{ search, tags, today }}
        onSearch={(search) => {
          setSearch(search);
          setGoal(FIRST_GOAL);
        }}
      />
      {holding && <Holds {...{ holding, zone }} />}
      <p role="status" className="small short">
        {found && !error ? resultText(found, search, zone, today) : isLoading && "Looking for free times …"}
      </p>
      {error &&
        (error instanceof Unauthenticated && !isSignedIn ? (
          <ErrorMessage error={new ReadableError("Sign in to see the free times of all tutors.")} />
        ) : (
          <ErrorMessage error={error} retry={reload} />
        ))}
      <div className="found-times">
        {found && <Days {...{ found, zone, today, holding }} />}
        {found && !error && (
          <button aria-disabled={isLoading} onClick={() => isLoading || setGoal(furtherGoal(found))}>
            {moreText(found)}
          </button>
        )}
      </div>
      {holding && <YourBookings {...{ holding, zone }} />}
    </section>
  );
}

/** Return the search of the address, and a function that changes both. */
function useSearchOf(query: string) {
  const [, navigate] = useLocation();
  const [search, setSearch] = useState(() => searchOf(query));
  useEffect(() => setSearch(searchOf(query)), [query]); // the viewer has followed a link
  return {
    search,
    setSearch(search: Search) {
      setSearch(search); // at once, because the address changes a moment later
      navigate(linkTo("book", undefined, queryOf(search)), { replace: true });
    },
  };
}

type DaysProps = Pick<FoundTimesProps, "holding"> & { found: Found; zone: string; today: string };

/** The found slots, with a heading for each day. */
function Days({ found, zone, today, holding }: DaysProps) {
  return [...byDate(found.slots, zone)].map(([date, slots]) => {
    const day = dayName(date, today);
    return (
      <div key={date}>
        <h3>
          <time dateTime={date}>{dayHeading(date, today)}</time>
        </h3>
        <ul className="slots">
          {slots.map((slot) => {
            const otherDate = otherDateLabel(slot, zone);
            const label = (
              <>
                <span className="hidden">{day} </span>
                {slotLabel(slot, zone)}
                {otherDate !== null && <span className="zone"> {otherDate}</span>}
              </>
            );
            return (
              <li key={`${slot.tutorId} ${slot.startsAt}`}>
                {holding ? (
                  <button aria-disabled={holding.isBusy} onClick={() => void holding.place(slot)}>
                    {label}
                  </button>
                ) : (
                  label
                )}
              </li>
            );
          })}
        </ul>
      </div>
    );
  });
}
