import type { Api, Booking } from "slotledger-client";
import type { Booker } from "../book/useBooking";
import { durationName, labelOf, lessonName, whereName } from "../book/labels";
import { ErrorMessage } from "../ErrorMessage";
import { serverNow } from "../serverClock";
import { t } from "../texts";
import { dateIn, formatLocale, weekdayName } from "../time";
import { CancelLesson } from "./CancelLesson";
import { MoveLesson } from "./MoveLesson";
import { downloadIcs } from "./download";

export interface LessonProps {
  api: Api;
  booker: Booker;
  zone: string;
  today: string;
  booking: Booking;
  /** Open what the student wants to do with a lesson, or close it. */
  open: (action: "cancel" | "move" | null, booking?: Booking) => void;
}

/** A lesson: when, with whom, what happened to it, and what one can do with it. */
export function LessonRow({ action, ...props }: LessonProps & { action?: "cancel" | "move" }) {
  const { booker, booking, zone, today, open } = props;
  const { bookingId, startsAt, status, durationMinutes } = booking;
  const name = lessonName(booking, zone, today);
  const hasBegun = Date.parse(startsAt) <= serverNow();
  const isLate = Date.parse(booking.changeableUntil) < serverNow();
  const isOn = status === "CONFIRMED" && !hasBegun;
  const details = [durationMinutes && t.book.minutes(durationMinutes), whereName(booking, zone, today)];
  const note = noteOf(booking);
  const { outcome } = booker;
  return (
    <li>
      <DateTile date={dateIn(zone, new Date(startsAt))} />
      <div className="what">
        <time dateTime={startsAt} className={status === "CANCELLED" ? "cancelled" : undefined}>
          {name}
        </time>
        <p className="note">{details.filter(Boolean).join(" · ")}</p>
        {note && <p className="note">{note}</p>}
        {isOn && isLate && <p className="late">{lateText(booking)}</p>}
      </div>
      {isOn && (
        <div className="do">
          <button className="quiet" aria-label={labelOf(t.lessons.calendar, name)} onClick={() => downloadIcs([booking])}>
            {t.lessons.calendar}
          </button>
          {!isLate && (
            <>
              <button aria-label={labelOf(t.lessons.move, name)} aria-expanded={action === "move"} id={`move-${bookingId}`} onClick={() => open("move", booking)}>
                {t.lessons.move}
              </button>
              <button
                aria-label={labelOf(t.lessons.cancel, name)}
                aria-expanded={action === "cancel"}
                id={`cancel-${bookingId}`}
                onClick={() => open("cancel", booking)}
              >
                {t.lessons.cancel}
              </button>
            </>
          )}
        </div>
      )}
      {isOn && action === "cancel" && <CancelLesson {...props} />}
      {isOn && action === "move" && <MoveLesson {...props} />}
      {outcome.bookingId === bookingId && outcome.error && <ErrorMessage error={outcome.error} />}
    </li>
  );
}

/** The weekday, the day and the month. The text beside it says the same. */
function DateTile({ date }: { date: string }) {
  const month = new Intl.DateTimeFormat(formatLocale(), { timeZone: "UTC", month: "short" }).format(new Date(date));
  return (
    <span className="date-tile" aria-hidden="true">
      {weekdayName(date, "short")}
      <b>{Number(date.slice(8))}</b>
      {month}
    </span>
  );
}

function lateText({ tutorName, startsAt, changeableUntil }: Booking): string {
  const notice = Math.round((Date.parse(startsAt) - Date.parse(changeableUntil)) / 60_000);
  return t.lessons.tooLate(tutorName, durationName(notice));
}

/** Return what others did with a booking, or how the lesson went. */
function noteOf({ status, releasedBy, reason, movedFrom, createdBy }: Booking): string {
  const { cancelledBy, movedBy, outcomes, withReason } = t.lessons;
  if (status === "CANCELLED") {
    const who = cancelledBy[(releasedBy as keyof typeof cancelledBy) ?? "admin"];
    return reason ? withReason(who, reason) : who;
  }
  if (status === "COMPLETED" || status === "NO_SHOW") {
    return outcomes[status];
  }
  return movedFrom !== null && createdBy !== "self" ? movedBy[createdBy === "tutor" ? "tutor" : "admin"] : "";
}
