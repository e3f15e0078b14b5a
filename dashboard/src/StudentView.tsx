import { useEffect, useState } from "react";
import type { Api, Availability } from "slotledger-client";
import { Trouble } from "./Trouble";
import { addDays, clearClockIn, dateIn, isSameZone, longDate, mondayOf, viewersZone, zoneName } from "./time";
import { useRequest } from "./useRequest";

const WEEK = [0, 1, 2, 3, 4, 5, 6];
/** After so long, what is shown is asked for anew: time goes by, and others book. */
const FRESH_MS = 3 * 60 * 1000;

/** The free slots of a week, in the viewer's time zone, as the public endpoint gives them. */
export function StudentView({ api, tutorId }: { api: Api; tutorId: string }) {
  const zone = viewersZone();
  const today = dateIn(zone, new Date());
  const [monday, setMonday] = useState(mondayOf(today));
  // Clocks differ by up to 26 hours: a day of the viewer's may reach into the tutor's next but one.
  const { answer, error, isLoading, again } = useRequest(`${tutorId} ${monday}`, async (signal) => ({
    monday,
    availability: await api.availability.getAvailability(tutorId, addDays(monday, -2), addDays(monday, 8), { signal }),
  }));
  const tutorsZone = answer?.availability.timeZone;
  const free = freeByDate(answer?.availability, zone);
  const isFirst = monday <= mondayOf(today);
  const isKnown = answer?.monday === monday;

  useEffect(() => {
    if (error) {
      return; // which is there to be read, with its own button
    }
    const refresh = () => document.visibilityState === "visible" && again();
    const timer = setInterval(refresh, FRESH_MS);
    document.addEventListener("visibilitychange", refresh);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", refresh);
    };
  }, [error]);

  return (
    <section aria-labelledby="free" aria-busy={isLoading}>
      <div className="bar">
        <h2 id="free">Free times</h2>
        <div className="week">
          <button aria-disabled={isFirst} onClick={() => isFirst || setMonday(addDays(monday, -7))}>
            Earlier
          </button>
          <button onClick={() => setMonday(mondayOf(today))}>This week</button>
          <button onClick={() => setMonday(addDays(monday, 7))}>Later</button>
        </div>
      </div>
      <p className="small">
        In your time: {zoneName(zone)}.
        {tutorsZone && !isSameZone(zone, tutorsZone) && ` The tutor is on ${zoneName(tutorsZone)}.`}
      </p>
      {error ? (
        <Trouble error={error} again={again} />
      ) : (
        <ol className="days">
          {WEEK.map((number) => addDays(monday, number)).map((date) => (
            <li key={date} className={date < today ? "over" : undefined}>
              <h3>
                <time dateTime={date}>{longDate(date)}</time>
              </h3>
              {free.get(date) ? (
                <ul className="slots">
                  {free.get(date)!.map(({ startsAt, endsAt }) => (
                    <li key={startsAt}>
                      <time dateTime={startsAt}>{clearClockIn(zone, new Date(startsAt))}</time>–
                      <time dateTime={endsAt}>{clearClockIn(zone, new Date(endsAt))}</time>
                    </li>
                  ))}
                </ul>
              ) : (
                <p className="none">{isKnown ? "Nothing free" : "…"}</p>
              )}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

type Slot = Availability["days"][number]["timeSlots"][number];

/** Returns the slots that are free and still to come, by the viewer's date. */
function freeByDate(availability: Availability | undefined, zone: string): Map<string, Slot[]> {
  const free = new Map<string, Slot[]>();
  const now = Date.now();
  for (const slot of availability?.days.flatMap((day) => day.timeSlots) ?? []) {
    if (slot.status === "AVAILABLE" && Date.parse(slot.startsAt) > now) {
      const date = dateIn(zone, new Date(slot.startsAt));
      free.set(date, [...(free.get(date) ?? []), slot]);
    }
  }
  return free;
}
