import { useRef, useState } from "react";
import { SlotNotFound, SlotTaken } from "slotledger-client";
import type { Api, Booking } from "slotledger-client";
import { Dialog } from "../Dialog";
import { ErrorMessage } from "../ErrorMessage";
import { dateAt } from "../clock";
import { ReadableError } from "../labels";
import type { FreeSlot } from "../freeSlots";
import { t } from "../texts";
import { addDays, isSameZone, shortDate, timeIn, whenIn, zoneName } from "../time";
import { useAnswer } from "../useAnswer";
import { isChangeable, isTarget, outcomeOf, possibleOutcomes, studentOf } from "./bookings";

/** For how many days the dialog offers free slots to move a booking to. */
const MOVE_DAYS = 28;

interface BookingDialogProps {
  api: Api;
  /** The tutor's zone. */
  zone: string;
  booking: Booking;
  /** The free slot on which the booking was dropped, if it was dragged. */
  target?: FreeSlot;
  onClose: () => void;
  /** Called with what was done. */
  onDone: (message: string) => void;
}

type Run = (message: string, work: () => Promise<Booking>) => void;

/** A dialog with a booking: who booked, and forms to move it, to cancel it, and to say whether the lesson took place. */
export function BookingDialog({ api, zone, booking, target, onClose, onDone }: BookingDialogProps) {
  const [error, setError] = useState<Error>();
  const [isBusy, setIsBusy] = useState(false);
  const [attempts, setAttempts] = useState(0);
  const isInFlight = useRef(false);
  const now = Date.now();
  const student = studentOf(booking);
  const when = whenIn(zone, booking);

  async function run(message: string, work: () => Promise<Booking>) {
    if (isInFlight.current) {
      return; // `aria-disabled` doesn't stop clicks, so ignore a second click
    }
    isInFlight.current = true;
    setIsBusy(true);
    setError(undefined);
    try {
      await work();
      onDone(message);
    } catch (error) {
      setError(readable(error as Error));
      setAttempts((count) => count + 1);
    } finally {
      isInFlight.current = false;
      setIsBusy(false);
    }
  }

  const move = (slot: FreeSlot) =>
    run(t.week.booking.moved(student, when, whenIn(zone, slot)), () => api.bookings.move(booking, slot.date, slot));

  return (
    <Dialog title={target ? t.week.booking.moveThis : student} onClose={() => isInFlight.current || onClose()}>
      {target ? (
        <p>
          {t.week.booking.fromTo(student, when)} <strong>{whenIn(zone, target)}</strong>
        </p>
      ) : (
        <p>
          {when}
          {!isSameZone(booking.timeZone, zone) && ` ${t.week.booking.offeredIn(zoneName(booking.timeZone))}`}
          <br />
          <span className="about">
            {statusText(booking, zone)} {booking.studentName !== null && t.week.booking.studentId(booking.studentId)}
          </span>
        </p>
      )}
      {error && <ErrorMessage error={error} />}
      {!target && isChangeable(booking, now) && (
        <>
          <MoveForm key={attempts} {...{ api, zone, booking, isBusy }} onMove={(slot) => void move(slot)} />
          <CancelForm {...{ api, booking, isBusy }} onCancel={run} message={t.week.booking.cancelled(student, when)} />
        </>
      )}
      <div className="buttons">
        {target && (
          <button className="primary" aria-disabled={isBusy} onClick={() => void move(target)}>
            {t.week.booking.move}
          </button>
        )}
        {possibleOutcomes(booking, now).map((outcome) => (
          <button
            key={outcome}
            aria-disabled={isBusy}
            onClick={() =>
              void (outcome === "COMPLETED"
                ? run(t.week.booking.nowCompleted(student, when), () => api.bookings.complete(booking))
                : run(t.week.booking.nowNoShow(student, when), () => api.bookings.noShow(booking)))
            }
          >
            {t.week.outcomes[outcome]}
          </button>
        ))}
        <button aria-disabled={isBusy} onClick={onClose}>
          {target ? t.week.booking.dontMove : t.close}
        </button>
      </div>
    </Dialog>
  );
}

interface MoveFormProps {
  api: Api;
  zone: string;
  booking: Booking;
  isBusy: boolean;
  onMove: (slot: FreeSlot) => void;
}

/** A form with the free slots of four weeks: from a week before the booking on, but not before today. */
function MoveForm({ api, zone, booking, isBusy, onMove }: MoveFormProps) {
  const [chosen, setChosen] = useState("");
  const today = dateAt(zone, Date.now());
  const { answer, error, reload } = useAnswer("targets", [booking.tutorId, booking.bookingId], async (signal) => {
    const first = [today, addDays(booking.date, -7)].sort().at(-1)!;
    const { days } = await api.availability.getAvailability(
      booking.tutorId,
      first,
      addDays(first, MOVE_DAYS - 1),
      { signal },
    );
    return days.flatMap(({ date, timeSlots }) => timeSlots.map((slot): FreeSlot => ({ ...slot, date }))).filter(isTarget);
  });
  if (error) {
    return <ErrorMessage error={error} retry={reload} />;
  }
  if (answer?.length === 0) {
    return <p>{t.week.booking.noTarget}</p>;
  }
  return (
    <form
      className="fields"
      onSubmit={(event) => {
        event.preventDefault();
        const slot = answer?.find(({ startsAt }) => startsAt === chosen);
        if (slot) {
          onMove(slot);
        }
      }}
    >
      <label className="wide">
        {t.week.booking.moveTo}
        <select required value={chosen} onChange={(event) => setChosen(event.target.value)}>
          <option value="">{answer ? t.week.booking.choose : t.loading}</option>
          {answer?.map((slot) => (
            <option key={slot.startsAt} value={slot.startsAt}>
              {shortDate(dateAt(zone, Date.parse(slot.startsAt)))}, {timeIn(zone, new Date(slot.startsAt))}–
              {timeIn(zone, new Date(slot.endsAt))}
            </option>
          ))}
        </select>
      </label>
      <button aria-disabled={isBusy}>{t.week.booking.move}</button>
    </form>
  );
}

interface CancelFormProps {
  api: Api;
  booking: Booking;
  isBusy: boolean;
  message: string;
  onCancel: Run;
}

function CancelForm({ api, booking, isBusy, message, onCancel }: CancelFormProps) {
  const [reason, setReason] = useState("");
  return (
    <details>
      <summary>{t.week.booking.cancelTitle}</summary>
      <form
        className="fields"
        onSubmit={(event) => {
          event.preventDefault();
          onCancel(message, () => api.bookings.cancel(booking, { reason: reason.trim() || undefined }));
        }}
      >
        <label className="wide">
          {t.week.booking.cancelWhy}
          <input value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
        </label>
        <button aria-disabled={isBusy}>{t.week.booking.cancel}</button>
      </form>
    </details>
  );
}

function statusText(booking: Booking, zone: string): string {
  const { status, holdExpiresAt } = booking;
  if (status === "AWAITING_PAYMENT") {
    return t.week.booking.held(holdExpiresAt === null ? null : timeIn(zone, new Date(holdExpiresAt)));
  }
  const outcome = outcomeOf(booking);
  return outcome === undefined ? t.week.booking.booked : t.week.booking.outcome(outcome);
}

/** Return the error with a message for the tutor, if `ErrorMessage` has none. */
function readable(error: Error): Error {
  return error instanceof SlotTaken || error instanceof SlotNotFound
    ? new ReadableError(t.week.booking.notFree)
    : error;
}
