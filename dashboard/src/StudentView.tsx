import { useState } from "react";
import type { Api, Availability } from "slotledger-client";
import { Holds } from "./booking/Holds";
import { YourBookings } from "./booking/YourBookings";
import { useHolds } from "./booking/useHolds";
import { ErrorMessage } from "./ErrorMessage";
import { focusHeading } from "./focus";
import { freeSlotsByDate, zoneLabel } from "./freeSlots";
import type { FreeSlot } from "./freeSlots";
import { addDays, dateIn, isSameZone, longDate, unambiguousTimeIn, viewersZone, whenIn, zoneName } from "./time";
import { useAnswer } from "./useAnswer";

const DAYS = [0, 1, 2, 3, 4, 5, 6];
/** The largest number of days that a request may have. */
const MAX_DAYS = 366;

interface StudentViewProps {
  api: Api;
  tutorId: string;
}

/** What students see: the free slots of a tutor. A signed-in student (`isStudent`) can book them. */
export function StudentView({ api, tutorId, isStudent }: StudentViewProps & { isStudent: boolean }) {
  return isStudent ? <BookableTimes {...{ api, tutorId }} /> : <FreeTimes {...{ api, tutorId }} />;
}

/** The free slots, with buttons to hold them, the slots that are held for the student, and the student's bookings. */
function BookableTimes({ api, tutorId }: StudentViewProps) {
  const holding = useHolds(api, tutorId, viewersZone());
  return <FreeTimes {...{ api, tutorId, holding }} />;
}

interface FreeTimesProps extends StudentViewProps {
  /** The student's holds and bookings. If it is undefined, the slots have no buttons. */
  holding?: ReturnType<typeof useHolds>;
}

/** The free slots of seven days, at first from today on, in the viewer's time zone. */
function FreeTimes({ api, tutorId, holding }: FreeTimesProps) {
  const zone = viewersZone();
  const today = dateIn(zone, new Date());
  const [chosenFirst, setFirst] = useState(today);
  const first = chosenFirst > today ? chosenFirst : today;
  const last = addDays(first, 6);
  // The API's dates are in the tutor's zone, which may be 26 hours ahead of the viewer's or behind it. So load two more
  // days at each end.
  const { answer, error, isLoading, reload } = useAnswer(
    "free",
    [tutorId, first],
    async (signal) => ({
      first,
      availability: await api.availability.getAvailability(tutorId, addDays(first, -2), addDays(last, 2), { signal }),
    }),
    { isReloaded: true },
  );
  const tutorsZone = answer?.availability.timeZone;
  const freeSlots = freeSlotsByDate(answer?.availability.days ?? [], zone, new Date());
  const hasLoaded = answer?.first === first;
  const isEmpty = hasLoaded && DAYS.every((number) => !freeSlots.has(addDays(first, number)));

  return (
    <section aria-labelledby="free" aria-busy={isLoading}>
      <div className="bar">
        <h2 id="free">Free times</h2>
        <div className="week-buttons">
          <button aria-disabled={first === today} onClick={() => setFirst(addDays(first, -7))}>
            Earlier
          </button>
          <button onClick={() => setFirst(today)}>Today</button>
          <button onClick={() => setFirst(addDays(first, 7))}>Later</button>
        </div>
      </div>
      <p className="small">
        In your time: {zoneName(zone)}.
        {tutorsZone && !isSameZone(zone, tutorsZone) && ` The tutor is on ${zoneName(tutorsZone)}.`}
      </p>
      {holding && <Holds {...{ holding, zone }} />}
      {error ? (
        <ErrorMessage error={error} retry={reload} />
      ) : isEmpty ? (
        <div className="nothing-free">
          <p>
            Nothing is free from {longDate(first, today)} to {longDate(last, today)}.
          </p>
          <NextFreeDay key={`${tutorId} ${last}`} {...{ api, tutorId, zone }} lastDate={last} onDate={setFirst} />
        </div>
      ) : (
        <ol className="days">
          {DAYS.map((number) => addDays(first, number)).map((date) => (
            <li key={date}>
              <h3>
                <time dateTime={date}>{longDate(date, today)}</time>
              </h3>
              {freeSlots.get(date) ? (
                <ul className="slots">
                  {freeSlots.get(date)!.map((slot) => (
                    <li key={slot.startsAt}>
                      {holding ? (
                        <button
                          aria-label={`Hold ${whenIn(zone, slot)}`}
                          aria-disabled={holding.isBusy}
                          onClick={() => void holding.place({ ...slot, tutorId })}
                        >
                          <SlotTimes slot={slot} zone={zone} />
                        </button>
                      ) : (
                        <SlotTimes slot={slot} zone={zone} />
                      )}
                    </li>
                  ))}
                </ul>
              ) : (
                <p className="none">{hasLoaded ? "Nothing free" : "…"}</p>
              )}
            </li>
          ))}
        </ol>
      )}
      {holding && <YourBookings {...{ holding, zone }} />}
    </section>
  );
}

/** A free slot in the viewer's time. If it is in another zone than the tutor's, also its start in that zone. */
function SlotTimes({ slot, zone }: { slot: FreeSlot; zone: string }) {
  const { startsAt, endsAt } = slot;
  const label = zoneLabel(slot, zone);
  return (
    <>
      <time dateTime={startsAt}>{unambiguousTimeIn(zone, new Date(startsAt))}</time>–
      <time dateTime={endsAt}>{unambiguousTimeIn(zone, new Date(endsAt))}</time>
      {label !== null && <span className="zone"> {label}</span>}
    </>
  );
}

interface NextFreeDayProps extends StudentViewProps {
  zone: string;
  /** The last of the seven shown dates. None of them has a free slot. */
  lastDate: string;
  onDate: (date: string) => void;
}

/** A button that opens the first date with a free slot after a date, if there is one within a year. */
function NextFreeDay({ api, tutorId, zone, lastDate, onDate }: NextFreeDayProps) {
  const { answer, error, reload } = useAnswer(
    "free",
    [tutorId, "after", lastDate],
    (signal) =>
      api.availability.getAvailability(tutorId, addDays(lastDate, -1), addDays(lastDate, MAX_DAYS - 2), { signal }),
    { isReloaded: true },
  );
  if (error) {
    return <ErrorMessage error={error} retry={reload} />;
  }
  if (!answer) {
    return <p className="small">Looking for the next free day …</p>;
  }
  const date = firstFreeDateAfter(lastDate, answer.days, zone);
  if (date === undefined) {
    return <p>Nothing is free in the year after that, either.</p>;
  }
  return (
    <button
      className="primary"
      onClick={(event) => {
        focusHeading(event.currentTarget);
        onDate(date);
      }}
    >
      Next free day: {longDate(date, dateIn(zone, new Date()))}
    </button>
  );
}

function firstFreeDateAfter(lastDate: string, days: Availability["days"], zone: string): string | undefined {
  return [...freeSlotsByDate(days, zone, new Date()).keys()].find((date) => date > lastDate);
}
