import { useEffect } from "react";
import type { Booking } from "slotledger-client";
import { stageOf, together } from "../booking/holds";
import { ErrorMessage } from "../ErrorMessage";
import { t } from "../texts";
import { dateIn, longDate, placeOf } from "../time";
import { Countdown, Ring, useServerNow } from "./Countdown";
import type { TutorPartProps } from "./TutorPage";
import { fullStart, isElsewhere, lessonName, timeRange } from "./labels";

type HeldProps = TutorPartProps & { booking: Booking };

/** A slot that is held, or those of a series: how long still, and buttons to confirm it or to let it go. */
export function Held(props: HeldProps) {
  const { booking, booker, go, zone, today } = props;
  const now = useServerNow();
  const isOver = stageOf(booking, now) !== "held";
  useEffect(() => {
    if (isOver) {
      booker.reload(); // and with it, render the step for holds that ran out
    }
  }, [isOver]);
  const all = together(booking, booker.bookings);
  const texts = t.book.step;
  const { outcome, isBusy } = booker;
  return (
    <div className="step-panel">
      <div className="clock" role="group" aria-label={texts.held}>
        <Ring {...{ booking, now }} />
        <div>
          <Countdown {...{ booking, now }} />
          <span className="note" tabIndex={-1} data-focus>
            {texts.nobodyElse}
          </span>
        </div>
      </div>
      <Facts {...props} all={all} />
      {outcome.bookingId === booking.bookingId && outcome.error && <ErrorMessage error={outcome.error} />}
      <div className="act">
        <button
          className="primary big"
          aria-disabled={isBusy}
          onClick={async () => {
            const confirmed = await booker.confirm(booking, all);
            if (confirmed) {
              go({ bookingId: confirmed.bookingId });
            }
          }}
        >
          {all.length > 1 ? texts.confirmAll(all.length) : texts.confirm}
        </button>
        <button
          className="big"
          aria-disabled={isBusy}
          onClick={async () => {
            if (await booker.cancel(booking, all, texts.released(lessonName(booking, zone, today)))) {
              go({ bookingId: null, date: dateIn(zone, new Date(booking.startsAt)) });
            }
          }}
        >
          {all.length > 1 ? texts.letGoAll : texts.letGo}
        </button>
      </div>
    </div>
  );
}

/** When a lesson is, for the student and for the tutor, and until when it can be changed. A series has each date. */
export function Facts({ booking, all, zone, today, tutorName }: HeldProps & { all: readonly Booking[] }) {
  const texts = t.book.step;
  const isLate = Date.parse(booking.changeableUntil) < Date.now();
  return (
    <dl>
      <dt>{texts.when}</dt>
      <dd>
        {all.map((each) => (
          <b key={each.bookingId}>
            {longDate(dateIn(zone, new Date(each.startsAt)), today)}, {timeRange(each, zone)}
          </b>
        ))}
        <span className="note">{texts.yourTime(placeOf(zone))}</span>
      </dd>
      {isElsewhere(booking, zone) && (
        <>
          <dt>{texts.forTutor(tutorName)}</dt>
          <dd>
            {longDate(dateIn(booking.timeZone, new Date(booking.startsAt)), today)}, {timeRange(booking, booking.timeZone)}
            <span className="note">{placeOf(booking.timeZone)}</span>
          </dd>
        </>
      )}
      <dt>{texts.change}</dt>
      <dd>{isLate ? texts.noChange : texts.changeUntil(fullStart(booking.changeableUntil, zone, today))}</dd>
    </dl>
  );
}
