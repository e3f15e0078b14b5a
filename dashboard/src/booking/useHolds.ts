import { useEffect, useRef, useState } from "react";
import { Forbidden, HoldExpired, SlotNotFound, SlotTaken } from "slotledger-client";
import type { Alternative, Api, Booking, SlotToBook } from "slotledger-client";
import { ReadableError } from "../labels";
import { reloadAnswers, useAnswer } from "../useAnswer";
import { HOLD_SECONDS, lessonName, mergeHolds, newHold } from "./holds";
import type { Hold } from "./holds";

/** What happened last: a message, an error, or a time that can't be booked any more with the nearest ones that can. */
export interface Outcome {
  message?: string;
  error?: Error;
  alternatives?: readonly (Alternative & { tutorId: string })[];
}

/** A slot and its tutor. The date is in the slot's own zone. */
type TutorsSlot = SlotToBook & { tutorId: string; date: string };

/**
 * Load the student's bookings, and return functions that hold, confirm and cancel. After each of them, the
 * free times are loaded again: other slots are free then. Only one runs at a time. The holds are those of a tutor, or of all if `tutorId` is
 * null.
 */
export function useHolds(api: Api, tutorId: string | null, zone: string) {
  const mine = useAnswer(
    "my bookings",
    [],
    (signal) => api.bookings.list({ studentId: "me" }, { limit: 200, signal }),
    { isReloaded: true },
  );
  const [holds, setHolds] = useState<readonly Hold[]>([]);
  const [outcome, setOutcome] = useState<Outcome>({});
  const [isBusy, setIsBusy] = useState(false);
  const isInFlight = useRef(false);
  useEffect(() => {
    if (mine.answer) {
      const { bookings } = mine.answer;
      setHolds((holds) => mergeHolds(holds, bookings, tutorId));
    }
  }, [mine.answer]);

  async function run(work: () => Promise<Outcome>) {
    if (isInFlight.current) {
      return; // `aria-disabled` doesn't stop clicks, so ignore a second click
    }
    isInFlight.current = true;
    setIsBusy(true);
    setOutcome({});
    try {
      setOutcome(await work());
    } catch (error) {
      setOutcome({ error: readable(error as Error) });
    } finally {
      isInFlight.current = false;
      setIsBusy(false);
      mine.reload();
      reloadAnswers("free");
    }
  }

  const drop = ({ booking }: Hold) =>
    setHolds((holds) => holds.filter((hold) => hold.booking.bookingId !== booking.bookingId));

  return {
    ...{ holds, outcome, isBusy },
    bookings: mine.answer?.bookings ?? [],
    isLoading: mine.isLoading,
    error: mine.error,
    reload: mine.reload,
    dismiss: drop,
    place: (slot: TutorsSlot) =>
      run(async () => {
        const { tutorId } = slot;
        try {
          const booking = await api.bookings.place(tutorId, slot.date, slot, { holdSeconds: HOLD_SECONDS });
          setHolds((holds) => [...holds, newHold(booking, Date.now())]);
          return {};
        } catch (error) {
          if (error instanceof SlotTaken || error instanceof SlotNotFound) {
            return { error: readable(error), alternatives: error.alternatives.map((other) => ({ ...other, tutorId })) };
          }
          throw error;
        }
      }),
    confirm: (hold: Hold) =>
      run(async () => {
        try {
          const booking = await api.bookings.confirm(hold.booking);
          drop(hold);
          return { message: `Booked: ${lessonName(zone, booking)}.` };
        } catch (error) {
          if (error instanceof HoldExpired) {
            drop(hold);
          }
          throw error;
        }
      }),
    letGo: (hold: Hold) =>
      run(async () => {
        await api.bookings.cancel(hold.booking);
        drop(hold);
        return { message: `${lessonName(zone, hold.booking)} isn't held for you any more.` };
      }),
    cancel: (booking: Booking) =>
      run(async () => {
        await api.bookings.cancel(booking);
        return { message: `Cancelled: ${lessonName(zone, booking)}.` };
      }),
  };
}

/** Return the error with a message for the student, if `ErrorMessage` has none. */
function readable(error: Error): Error {
  if (error instanceof SlotTaken) {
    return new ReadableError("Somebody else has just taken this time.");
  }
  if (error instanceof SlotNotFound) {
    return new ReadableError("The tutor doesn't offer this time any more.");
  }
  if (error instanceof HoldExpired) {
    return new ReadableError("Too late: your hold ran out, and somebody else has booked this time. Choose another one.");
  }
  if (error instanceof Forbidden) {
    return new ReadableError("You can't confirm this yourself. It is confirmed when the payment has arrived.");
  }
  return error;
}
