import { fullStart } from "../book/labels";
import { t } from "../texts";
import type { LessonProps } from "./LessonRow";

/** What it means to cancel a lesson, and buttons to do it, also for the later lessons of a series, or to keep it. */
export function CancelLesson({ booker, booking, zone, today, open }: LessonProps) {
  const name = t.book.withTutor(fullStart(booking.startsAt, zone, today), booking.tutorName);
  const later = booker.bookings.filter(
    ({ seriesId, status, startsAt }) =>
      seriesId !== null && seriesId === booking.seriesId && status === "CONFIRMED" && startsAt > booking.startsAt,
  );
  const cancel = async (all: typeof later) => {
    if (await booker.cancel(booking, all, t.lessons.cancelled(name))) {
      open(null);
    }
  };
  const close = () => {
    booker.setOutcome({});
    open(null);
  };
  return (
    <div className="inline" role="group" aria-labelledby="cancel-lesson">
      <p id="cancel-lesson" tabIndex={-1} data-focus>
        <b>{t.lessons.cancelQuestion(name)}</b>{" "}
        <span className="note">{t.lessons.cancelMeans(booking.tutorName, fullStart(booking.changeableUntil, zone, today))}</span>
      </p>
      <button className="danger primary" aria-disabled={booker.isBusy} onClick={() => void cancel([booking])}>
        {t.lessons.cancelIt}
      </button>
      {later.length > 0 && (
        <button className="danger" aria-disabled={booker.isBusy} onClick={() => void cancel([booking, ...later])}>
          {t.lessons.cancelAll(later.length)}
        </button>
      )}
      <button onClick={() => close()}>{t.lessons.keep}</button>
    </div>
  );
}
