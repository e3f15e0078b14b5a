import { useEffect, useState } from "react";
import type { Api, DayToSave, Update } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { dateAt, spanName, spanOf, timeName } from "../clock";
import { t } from "../texts";
import { addDays, longDate } from "../time";
import { Panel } from "./Panel";
import { slotKey, studentOf } from "./bookings";
import type { BookingsBySlot } from "./bookings";
import { isPast, slotsOf } from "./draft";
import type { Draft } from "./draft";

interface IllPanelProps {
  api: Api;
  tutorId: string;
  draft: Draft;
  today: string;
  bookings: BookingsBySlot;
  /** Show the week of a date, so that it is loaded. */
  onShow: (date: string) => void;
  onDone: (update: Update, message: string) => void;
  onClose: () => void;
}

/**
 * "I'm ill": one request withdraws what is free on a day, and cancels what is booked. Slots that have begun stay. Both are
 * listed before.
 */
export function IllPanel({ api, tutorId, draft, today, bookings, onShow, onDone, onClose }: IllPanelProps) {
  const tomorrow = addDays(today, 1);
  const [isToday, setIsToday] = useState(false);
  const date = isToday ? today : tomorrow;
  const [reason, setReason] = useState("");
  const [error, setError] = useState<Error>();
  const [isBusy, setIsBusy] = useState(false);
  const now = Date.now();
  const isLoaded = draft.loadedDays.has(date);
  useEffect(() => {
    if (!isLoaded) {
      onShow(date);
    }
  }, [date, isLoaded]);
  // A day's slots are those that start on it in the tutor's zone. A slot of another zone may belong to the date beside it.
  const starting = [addDays(date, -1), date, addDays(date, 1)].flatMap((each) =>
    (draft.loadedDays.get(each)?.timeSlots ?? []).map((slot) => ({ date: each, slot, start: spanOf(each, slot)[0] })),
  );
  const going = starting.filter(
    ({ date: each, slot, start }) => dateAt(draft.zone, start) === date && start > now && !isPast(each, slot, now),
  );
  const lessons = going.filter(({ slot }) => slot.status === "BOOKED");
  const free = going.filter(({ slot }) => slot.status !== "BOOKED");
  const students = lessons.map(({ date, slot }) => bookings.get(slotKey(date, slot))).map((it) => (it ? studentOf(it) : t.week.ill.aStudent));

  function choose(next: string) {
    setIsToday(next === today);
    setError(undefined);
  }

  async function withdraw() {
    if (isBusy || going.length === 0) {
      return;
    }
    setIsBusy(true);
    setError(undefined);
    try {
      const days = [...new Set(going.map((each) => each.date))].map((each): DayToSave => {
        const day = draft.loadedDays.get(each)!;
        const gone = new Set(going.filter((other) => other.date === each).map(({ slot }) => slot.time));
        return { date: each, version: day.version, timeSlots: day.timeSlots.filter(({ time }) => !gone.has(time)) };
      });
      const cancelBookings = { reason: reason.trim() || null };
      const update = await api.availability.updateDays(tutorId, days, { reason: "illness", cancelBookings });
      onDone(update, t.week.ill.done(longDate(date), lessons.length, free.length));
    } catch (error) {
      setError(error as Error);
      setIsBusy(false);
    }
  }

  return (
    <Panel
      title={t.week.bar.ill}
      onClose={onClose}
      footer={
        <button
          type="button"
          className="primary danger"
          aria-disabled={isBusy || going.length === 0}
          onClick={() => void withdraw()}
        >
          {isBusy ? t.week.status.saving : going.length === 0 ? t.week.ill.nothing : t.week.ill.action(lessons.length, free.length)}
        </button>
      }
    >
      <div className="segments" role="group" aria-label={t.week.slot.day}>
        {[today, tomorrow].map((each) => (
          <button key={each} type="button" aria-pressed={each === date} onClick={() => choose(each)}>
            {each === today ? t.week.ill.today : t.week.ill.tomorrow}
          </button>
        ))}
      </div>
      {error && <ErrorMessage error={error} />}
      {!isLoaded && <p>{t.loading}</p>}
      {isLoaded && (
        <>
          {going.length === 0 && <p>{t.week.ill.none}</p>}
          {lessons.length > 0 && <h3>{t.week.ill.cancelled(lessons.length)}</h3>}
          <ul className="next">
            {lessons.map(({ date: each, slot }, i) => (
              <li key={slotKey(each, slot)} className="between">
                <span>{students[i]}</span>
                <span>{spanName(draft.zone, spanOf(each, slot))}</span>
              </li>
            ))}
          </ul>
          {free.length > 0 && <h3>{t.week.ill.withdrawn(free.length)}</h3>}
          <p className="chips">
            {free.map(({ date: each, slot }) => (
              <span key={slotKey(each, slot)} className="chip gone">
                {timeName(draft.zone, spanOf(each, slot)[0])}
              </span>
            ))}
          </p>
          {lessons.length > 0 && (
            <label className="stack">
              {t.week.ill.message(students.length === 1 ? students[0]! : null)}
              <textarea rows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
            </label>
          )}
          {slotsOf(draft, date).length !== (draft.loadedDays.get(date)?.timeSlots.length ?? 0) && (
            <p className="invalid">{t.week.ill.unsaved}</p>
          )}
          {going.length > 0 && <p className="small">{t.week.ill.atOnce}</p>}
        </>
      )}
    </Panel>
  );
}
