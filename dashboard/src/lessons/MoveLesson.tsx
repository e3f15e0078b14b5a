import { useState } from "react";
import { nearest } from "../book/month";
import { briefStart, fullStart, shortStart } from "../book/labels";
import { ErrorMessage } from "../ErrorMessage";
import { freeSlotsByDate } from "../freeSlots";
import { serverNow } from "../serverClock";
import { t } from "../texts";
import { addDays, dateIn } from "../time";
import { useAnswer } from "../useAnswer";
import type { LessonProps } from "./LessonRow";

/** How many times are offered at first, and how many more each time. */
const PAGE = 4;
const DAYS_AROUND = 28;

/** The tutor's nearest free times, and a button that moves the lesson to the chosen one. */
export function MoveLesson({ api, booker, booking, zone, today, open }: LessonProps) {
  const { tutorId, tutorName, durationMinutes, startsAt } = booking;
  const [count, setCount] = useState(PAGE);
  const [chosenAt, setChosenAt] = useState<string>();
  const first = [addDays(booking.date, -DAYS_AROUND), addDays(dateIn("UTC", new Date(serverNow())), -1)].sort().at(-1)!;
  const { answer, error, reload } = useAnswer("free", [tutorId, "around", booking.date], (signal) =>
    api.availability.getAvailability(tutorId, first, addDays(booking.date, DAYS_AROUND), { signal }),
  );
  const free = [...freeSlotsByDate(answer?.days ?? [], zone, new Date(serverNow())).values()].flat();
  const slots = nearest(free, startsAt, durationMinutes, count).map((slot) => ({
    ...slot,
    ...{ tutorId, tutorName, timeZone: slot.timeZone ?? answer!.timeZone },
  }));
  const chosen = slots.find((slot) => slot.startsAt === chosenAt);
  const text = (slot: (typeof slots)[0]) =>
    slot.durationMinutes === durationMinutes
      ? briefStart(slot, zone, today)
      : `${briefStart(slot, zone, today)}, ${t.book.minutes(slot.durationMinutes)}`;
  const close = () => {
    booker.setOutcome({});
    open(null);
  };
  return (
    <div className="inline" role="group" aria-labelledby="move-lesson">
      <p id="move-lesson" tabIndex={-1} data-focus>
        <b>{t.lessons.moveTo}</b> <span className="note">{t.lessons.moveMeans(tutorName)}</span>
      </p>
      {error && <ErrorMessage error={error} retry={reload} />}
      {!answer && !error && <p className="note">{t.book.looking}</p>}
      {answer && slots.length === 0 && <p className="note">{t.lessons.noTimes(tutorName)}</p>}
      {slots.map((slot) => (
        <button key={slot.startsAt} aria-pressed={slot === chosen} onClick={() => setChosenAt(slot.startsAt)}>
          {text(slot)}
        </button>
      ))}
      {free.length > count && (
        <button className="quiet" onClick={() => setCount(count + 2 * PAGE)}>
          {t.lessons.moreTimes}
        </button>
      )}
      <div className="act">
        <button
          className="primary"
          aria-disabled={!chosen || booker.isBusy}
          onClick={async () => {
            if (chosen && (await booker.move(booking, chosen, t.lessons.moved(t.book.withTutor(fullStart(chosen.startsAt, zone, today), tutorName))))) {
              open(null);
            }
          }}
        >
          {chosen ? t.lessons.moveToThis(shortStart(chosen.startsAt, zone)) : t.lessons.choose}
        </button>
        <button onClick={() => close()}>{t.lessons.keep}</button>
      </div>
    </div>
  );
}
