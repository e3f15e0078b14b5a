import type { Booking, FoundSlot } from "slotledger-client";
import { t } from "../texts";
import { dateIn, unambiguousTimeIn } from "../time";
import type { BookProps } from "./BookView";
import { briefStart } from "./labels";

type TakenTimeProps = BookProps & { tutorName: string; onPlaced: (booking: Booking) => void };

/** A time that can't be booked any more, in its place: why, and the tutor's nearest times that can be. */
export function TakenTime(props: TakenTimeProps) {
  const { booker, zone, place, go, hasSearch } = props;
  const { slot, reason, alternatives } = booker.outcome.refusal!;
  const start = new Date(slot.startsAt);
  const time = unambiguousTimeIn(zone, start);
  return (
    <div className="refused" role="alert" tabIndex={-1}>
      <p className="taken">
        <s>{time}</s> <span>{reason}</span>
      </p>
      <Nearest {...props} slots={alternatives} after={slot.startsAt} />
      <div className="buttons">
        {place.tutorId !== null && hasSearch && (
          <button
            className="quiet"
            onClick={() => {
              booker.setOutcome({});
              const hour = Number(new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit" }).format(start));
              go({ tutorId: null, bookingId: null, at: null, date: dateIn(zone, start), hour }, true);
            }}
          >
            {t.book.refused.otherTutor(time)}
          </button>
        )}
        <button className="quiet" onClick={() => booker.setOutcome({})}>
          {t.book.refused.otherTimes}
        </button>
      </div>
    </div>
  );
}

/** The tutor's nearest times. A press holds one of them. */
export function Nearest({
  slots,
  after,
  ...props
}: Pick<TakenTimeProps, "booker" | "zone" | "today" | "tutorName" | "onPlaced"> & { slots: readonly FoundSlot[]; after: string }) {
  const { booker, zone, today, tutorName, onPlaced } = props;
  const { nearest, noneNear, sameDay } = t.book.refused;
  if (slots.length === 0) {
    return <p className="note">{noneNear(tutorName)}</p>;
  }
  const dayOf = (startsAt: string) => dateIn(zone, new Date(startsAt));
  return (
    <>
      <p className="note">{nearest(tutorName)}</p>
      <ul className="times">
        {slots.map((slot) => (
          <li key={slot.startsAt}>
            <button
              className="free"
              aria-disabled={booker.isBusy}
              onClick={async () => {
                const booking = await booker.place({ slot, repeat: null });
                if (booking) {
                  onPlaced(booking);
                }
              }}
            >
              <b>
                {dayOf(slot.startsAt) === dayOf(after)
                  ? unambiguousTimeIn(zone, new Date(slot.startsAt))
                  : briefStart(slot, zone, today)}
              </b>{" "}
              <span className="note">
                {[dayOf(slot.startsAt) === dayOf(after) && sameDay, t.book.minutes(slot.durationMinutes)]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
