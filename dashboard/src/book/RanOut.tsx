import { useEffect, useState } from "react";
import type { Booking } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { t } from "../texts";
import { dateIn, unambiguousTimeIn } from "../time";
import { reloadAnswers } from "../useAnswer";
import { Facts } from "./Held";
import { Nearest } from "./TakenTime";
import type { TutorPartProps } from "./TutorPage";
import { nearest } from "./month";

const ALTERNATIVES = 5;

/** A hold that ran out. If its slot is still free, it can be confirmed now. Otherwise, the tutor's nearest times. */
export function RanOut(props: TutorPartProps & { booking: Booking }) {
  const { booking, booker, free, loadedAt, go, zone } = props;
  const { startsAt, durationMinutes, seriesId } = booking;
  const [openedAt] = useState(() => performance.now()); // no clock that may be wrong, or be corrected meanwhile
  useEffect(() => void reloadAnswers("free"), []); // the slot is free again, if nobody has taken it
  const texts = t.book.step;
  const { outcome, isBusy } = booker;
  const slots = [...free.values()].flat();
  const isFree = slots.some((slot) => Date.parse(slot.startsAt) === Date.parse(startsAt) && slot.durationMinutes === durationMinutes);
  const leave = (
    <button className="big" onClick={() => go({ bookingId: null, date: dateIn(zone, new Date(startsAt)) })}>
      {texts.otherTimes}
    </button>
  );
  if (loadedAt < openedAt) {
    return <p className="note">{texts.checking}</p>;
  }
  if (seriesId !== null) {
    return (
      <div className="step-panel">
        <p className="clock over" role="status" tabIndex={-1} data-focus>
          {texts.seriesRanOut}
        </p>
        <div className="act">
          <button className="primary big" onClick={() => go({ bookingId: null, at: startsAt })}>
            {texts.lookAgain}
          </button>
          {leave}
        </div>
      </div>
    );
  }
  if (!isFree) {
    return (
      <div className="refused" role="alert" tabIndex={-1}>
        <p className="taken">
          <s>{unambiguousTimeIn(zone, new Date(startsAt))}</s> <span>{texts.tookIt}</span>
        </p>
        <Nearest {...props} slots={nearest(slots, startsAt, durationMinutes, ALTERNATIVES)} after={startsAt} />
        <div className="act">{leave}</div>
      </div>
    );
  }
  return (
    <div className="step-panel">
      <div className="clock over" role="status" tabIndex={-1} data-focus>
        <span className="ring" aria-hidden="true" />
        <div>
          <b>{texts.stillFree}</b>
          <span className="note">{texts.nobodyTook}</span>
        </div>
      </div>
      <Facts {...props} all={[booking]} />
      {outcome.bookingId === booking.bookingId && outcome.error && <ErrorMessage error={outcome.error} />}
      <div className="act">
        <button
          className="primary big"
          aria-disabled={isBusy}
          onClick={async () => {
            const confirmed = await booker.confirm(booking, [booking]);
            if (confirmed) {
              go({ bookingId: confirmed.bookingId });
            }
          }}
        >
          {texts.confirmNow}
        </button>
        {leave}
      </div>
    </div>
  );
}
