import { useMemo } from "react";
import type { Booking, FoundSlot } from "slotledger-client";
import { stageOf } from "../booking/holds";
import { ErrorMessage } from "../ErrorMessage";
import { freeSlotsByDate } from "../freeSlots";
import { initialsOf } from "../labels";
import { serverNow } from "../serverClock";
import { t } from "../texts";
import { addDays, dateIn } from "../time";
import { ZoneChoice } from "../ui/ZoneChoice";
import { useAnswer } from "../useAnswer";
import type { BookProps } from "./BookView";
import { DayTimes } from "./DayTimes";
import { Held } from "./Held";
import { MonthGlance } from "./MonthGlance";
import { RanOut } from "./RanOut";
import { TakenTime } from "./TakenTime";
import { Sentence } from "./Sentence";
import { Series } from "./Series";
import { monthAfter } from "./month";
import { clocksName } from "./labels";

interface TutorPageProps extends BookProps {
  tutorId: string;
  /** The booking that is held, or whose hold ran out. */
  booking: Booking | undefined;
  onPlaced: (booking: Booking) => void;
}

/** What the parts of a tutor's page get. */
export interface TutorPartProps extends TutorPageProps {
  tutorName: string;
  /** The free slots of the loaded months, by the viewer's dates. */
  free: ReadonlyMap<string, readonly FoundSlot[]>;
  hasLoaded: boolean;
  /** When the free slots were requested, in milliseconds since the page was opened. */
  loadedAt: number;
}

/** One tutor: a month at a glance, and beside it the times of a day, what is held, or each date of a series. */
export function TutorPage(props: TutorPageProps) {
  const { api, tutorId, tutor, booking, booker, place, go, zone, today, tags, isStudent, hasSearch } = props;
  const opened = booking?.startsAt ?? place.at;
  const wanted = opened ? dateIn(zone, new Date(opened)) : place.date;
  const date = wanted !== null && wanted >= today ? wanted : null;
  const firstMonth = place.month ?? (date ?? today).slice(0, 7);
  const { lastAnswer: answer, error, isLoading, reload } = useAnswer(
    "free",
    [tutorId, firstMonth],
    async (signal) => {
      // Load this month and the next one, so that it is shown at once. The API's dates are in the tutor's zone, which may be
      // 26 hours ahead of the viewer's or behind it, so load two more days at each end.
      const end = `${monthAfter(firstMonth, 2)}-01`;
      const [from, to] = [addDays(`${firstMonth}-01`, -2), addDays(end, 1)];
      const loadedAt = performance.now();
      const availability = await api.availability.getAvailability(tutorId, from, to, { signal });
      return { tutorId, firstMonth, lastDate: addDays(end, -1), loadedAt, availability };
    },
    { isReloaded: true },
  );
  const tutorName = booking?.tutorName ?? tutor.name ?? "";
  // Wait for the tutor's name, too, because it is in the labels of the times.
  const isLoaded = answer?.tutorId === tutorId && [0, -1].some((months) => answer.firstMonth === monthAfter(firstMonth, months));
  const hasLoaded = isLoaded && tutorName !== "";
  const availability = hasLoaded ? answer.availability : undefined;
  const timeZone = tutor.timeZone ?? availability?.timeZone;
  const minute = Math.floor(serverNow() / 60_000); // slots that have begun disappear
  const free = useMemo(
    () =>
      new Map(
        [...freeSlotsByDate(availability?.days ?? [], zone, new Date(minute * 60_000))].map(([day, slots]) => [
          day,
          slots
            .filter(({ durationMinutes }) => place.minutes === null || durationMinutes === place.minutes)
            .map((slot) => ({ ...slot, tutorId, tutorName, timeZone: slot.timeZone ?? availability!.timeZone })),
        ]),
      ),
    [availability, zone, minute, place.minutes, tutorId, tutorName],
  );
  const ranOut = booking && stageOf(booking, serverNow()) === "ran out";
  const parts: TutorPartProps = { ...props, tutorName, free, hasLoaded, loadedAt: hasLoaded ? answer.loadedAt : 0 };
  const chosen = date ?? firstFreeDate(free, firstMonth, today);
  const isStep = booking !== undefined || place.at !== null || booker.outcome.refusal !== undefined;

  return (
    <section aria-labelledby="tutor" aria-busy={isLoading || tutorName === ""} className="of-one-tutor">
      <header>
        <span className="avatar" aria-hidden="true">
          {initialsOf(tutorName)}
        </span>
        <div>
          <h2 id="tutor" tabIndex={-1}>
            {tutorName || "\u00a0"}
          </h2>
          <p className="note">{timeZone ? clocksName(timeZone, zone, new Date()) : "…"}</p>
        </div>
        <ZoneChoice />
      </header>
      <div className="bar">
        <Sentence {...{ place, tags, today, isStudent }} onChange={(part) => go(part)} />
        {hasSearch && (
          <button className="quiet" onClick={() => go({ tutorId: null, month: null, at: null, bookingId: null }, true)}>
            {t.book.tutor.all}
          </button>
        )}
      </div>
      {booker.outcome.error && <ErrorMessage error={booker.outcome.error} retry={booker.outcome.retry} />}
      {error && <ErrorMessage error={error} retry={reload} />}
      {(!error || hasLoaded || booking) && (
        <div className={`card two${isStep ? " step" : ""}${booking ? " booking" : ""}`}>
          <MonthGlance
            month={place.month ?? chosen.slice(0, 7)}
            {...{ free, today }}
            chosen={chosen}
            onMonth={(month) => go({ month, date: null, at: null, bookingId: null })}
            onDate={(date) => go({ date, month: null, at: null, bookingId: null })}
          />
          <div className="side">
            {booking ? (
              ranOut ? (
                <RanOut {...parts} booking={booking} />
              ) : (
                <Held {...parts} booking={booking} />
              )
            ) : booker.outcome.refusal ? (
              <TakenTime {...parts} />
            ) : place.at !== null ? (
              <Series {...parts} at={place.at} rhythm={place.repeat ?? { everyWeeks: 1, count: 8 }} />
            ) : (
              <DayTimes {...parts} date={chosen} isChosen={date !== null} lastLoaded={answer?.lastDate ?? today} />
            )}
          </div>
        </div>
      )}
    </section>
  );
}

/** Return the first date that has a free slot: of the coming seven days, or of a later month. Otherwise, return the first. */
function firstFreeDate(free: TutorPartProps["free"], month: string, today: string): string {
  const isThisMonth = month === today.slice(0, 7);
  const [first, end] = isThisMonth ? [today, addDays(today, 7)] : [`${month}-01`, `${monthAfter(month, 1)}-01`];
  return [...free].find(([date, slots]) => slots.length > 0 && date >= first && date < end)?.[0] ?? first;
}
