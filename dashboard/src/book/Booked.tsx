import { Link } from "wouter";
import type { Booking } from "slotledger-client";
import { together } from "../booking/holds";
import { downloadIcs } from "../lessons/download";
import { linkTo } from "../links";
import { t } from "../texts";
import { dateIn, longDate, placeOf } from "../time";
import { Icon } from "../ui/Icon";
import type { BookProps } from "./BookView";
import { fullStart, isElsewhere, lessonName, startThere, timeRange } from "./labels";

/** What was booked: when, in both zones, until when it can be changed, and what one may do next. */
export function Booked({ booking, booker, zone, today, go }: BookProps & { booking: Booking }) {
  const texts = t.book.step;
  const all = together(booking, booker.bookings);
  const { tutorName, timeZone } = booking;
  const title = all.length > 1 ? texts.bookedAll(all.length, tutorName) : texts.booked(lessonName(booking, zone, today));
  const isLate = Date.parse(booking.changeableUntil) < Date.now();
  return (
    <section className="card booked" aria-labelledby="booked" aria-busy={booker.isLoading}>
      <span className="good">
        <Icon name="done" />
      </span>
      <h2 id="booked" tabIndex={-1} data-focus>
        {title}
      </h2>
      <ul>
        {all.map((each) => (
          <li key={each.bookingId}>
            {texts.inZone(`${longDate(dateIn(zone, new Date(each.startsAt)), today)}, ${timeRange(each, zone)}`, placeOf(zone))}
          </li>
        ))}
      </ul>
      {isElsewhere(booking, zone) && (
        <p>{t.book.forTutor(tutorName, placeOf(timeZone), startThere(booking, zone, today))}</p>
      )}
      <p>{isLate ? texts.noChange : texts.changeUntil(fullStart(booking.changeableUntil, zone, today))}</p>
      <div className="buttons">
        <button className="primary" onClick={() => downloadIcs(all)}>
          {texts.calendar}
        </button>
        <Link className="button" href={linkTo("lessons")}>
          {texts.lessons}
        </Link>
        <button className="quiet" onClick={() => go({ tutorId: null, bookingId: null, month: null }, true)}>
          {texts.another}
        </button>
      </div>
    </section>
  );
}
