import { useContext, useEffect, useRef, useState } from "react";
import { ApiError, Forbidden, HoldExpired, SlotNotFound, SlotTaken } from "slotledger-client";
import type { Api, Booking, FoundSlot } from "slotledger-client";
import { HOLD_SECONDS, withBookings } from "../booking/holds";
import { Embedding, eventsOf } from "../embed/embedding";
import { ReadableError } from "../labels";
import { serverNow } from "../serverClock";
import { t } from "../texts";
import { UserId, queryClient, reloadAnswers, useAnswer } from "../useAnswer";
import { forgetPending, pendingOrder, toSend } from "./pending";
import type { Order } from "./pending";

/** A time that can't be booked, why, and the tutor's nearest times that can be. */
export interface Refusal {
  slot: FoundSlot;
  reason: string;
  alternatives: readonly FoundSlot[];
}

/** What happened last: a message, a time that was refused, or an error and how to try again. */
export interface Outcome {
  /** The booking that an action is about, if it isn't an order. */
  bookingId?: string;
  said?: string;
  refusal?: Refusal;
  error?: Error;
  retry?: () => void;
}

const MY_BOOKINGS = "my bookings";
const LONGEST_MS = 12 * 60 * 60 * 1000; // the longest slot
const YEAR_MS = 366 * 24 * 60 * 60 * 1000;

/** The bookings of a student, and what the student can do. */
export type Booker = ReturnType<typeof useBooking>;

/**
 * Load the student's bookings that aren't over, and return functions that hold, confirm, move and cancel. They answer with the
 * booking if they succeed; otherwise, `outcome` says why. Only one runs at a time. For visitors (not `isStudent`), nothing
 * is loaded. `onPlaced` is called with a booking whose answer had been lost.
 */
export function useBooking(api: Api, isStudent: boolean, onPlaced?: (booking: Booking) => void) {
  const userId = useContext(UserId);
  const report = useContext(Embedding);
  const mine = useAnswer(MY_BOOKINGS, [isStudent], (signal) => (isStudent ? loadAll(api, signal) : Promise.resolve([])), {
    isReloaded: isStudent,
  });
  const [outcome, setOutcome] = useState<Outcome>({});
  const [isBusy, setIsBusy] = useState(false);
  const isInFlight = useRef(false);

  /** Put what the server answered into the loaded bookings, so that it is shown at once. Report it to an embedding page. */
  function put(...bookings: Booking[]) {
    queryClient.setQueryData<Booking[]>([MY_BOOKINGS, userId, isStudent], (loaded = []) => withBookings(loaded, bookings));
    if (report) {
      eventsOf(bookings).forEach((event) => report(event));
    }
  }

  async function run<T>(work: () => Promise<T>, explain: (error: Error) => Outcome): Promise<T | undefined> {
    if (isInFlight.current) {
      return undefined; // `aria-disabled` doesn't stop clicks, so ignore a second click
    }
    isInFlight.current = true;
    setIsBusy(true);
    try {
      const result = await work();
      setOutcome({});
      return result;
    } catch (error) {
      setOutcome(explain(error as Error));
      return undefined;
    } finally {
      isInFlight.current = false;
      setIsBusy(false);
      mine.reload();
      void reloadAnswers("free");
    }
  }

  /** Hold what was ordered, once, also if the answer is lost and the order is repeated. */
  function place(order: Order): Promise<Booking | undefined> {
    return run(
      async () => {
        const { order: sent, key } = toSend(order, userId, Date.now());
        const { slot, repeat } = sent;
        const [what, options] = [[slot.tutorId, slot.date, slot] as const, { holdSeconds: HOLD_SECONDS, idempotencyKey: key }];
        try {
          const placed = repeat
            ? (await api.bookings.placeSeries(...what, { ...repeat, skipTaken: true }, options)).bookings
            : [await api.bookings.place(...what, options)];
          forgetPending();
          put(...placed);
          return placed[0];
        } catch (error) {
          if (error instanceof ApiError && error.status < 500) {
            forgetPending();
          }
          throw error;
        }
      },
      (error) => explainOrder(order, error, () => void place(order).then((booking) => booking && onPlaced?.(booking))),
    );
  }

  useEffect(() => {
    const order = isStudent ? pendingOrder(userId, Date.now()) : null;
    if (order) {
      setOutcome({ said: t.book.step.retrying });
      void place(order).then((booking) => booking && onPlaced?.(booking));
    }
  }, [isStudent]);

  /** Change a booking. An error is shown where the booking is. */
  const change = (bookingId: string, work: () => Promise<Booking[]>) =>
    run(
      async () => {
        const changed = await work();
        put(...changed);
        return changed[0];
      },
      (error) => ({ bookingId, ...explainChange(error) }),
    );

  return {
    ...{ outcome, setOutcome, isBusy, place },
    bookings: mine.lastAnswer ?? [],
    hasLoaded: mine.lastAnswer !== undefined,
    isLoading: mine.isLoading,
    error: mine.error,
    reload: mine.reload,
    /** Confirm a booking, or all of a series that are held. If the hold ran out, the answer is a new booking. */
    confirm: (booking: Booking, all: readonly Booking[]) =>
      change(booking.bookingId, async () => {
        if (all.length > 1) {
          return (await api.bookings.confirmSeries(seriesOf(booking), all[0]!.date)).bookings;
        }
        const confirmed = await api.bookings.confirm(booking);
        const isOther = confirmed.bookingId !== booking.bookingId;
        return isOther ? [confirmed, { ...booking, status: "EXPIRED", movedTo: confirmed.bookingId }] : [confirmed];
      }),
    /** Cancel a booking, or this one and the later ones of its series, and say so. */
    cancel: async (booking: Booking, all: readonly Booking[], said: string) => {
      const cancelled = await change(booking.bookingId, async () =>
        all.length > 1
          ? (await api.bookings.cancelSeries(seriesOf(booking), all[0]!.date)).bookings
          : [await api.bookings.cancel(booking)],
      );
      if (cancelled) {
        setOutcome({ said });
      }
      return cancelled;
    },
    /** Move a booking to another slot of the tutor, and say so. */
    move: async (booking: Booking, slot: FoundSlot, said: string) => {
      const moved = await change(booking.bookingId, async () => {
        const moved = await api.bookings.move(booking, slot.date, slot);
        return [moved, { ...booking, status: "CANCELLED", releasedBy: "self", movedTo: moved.bookingId }];
      });
      if (moved) {
        setOutcome({ said });
      }
      return moved;
    },
  };
}

async function loadAll(api: Api, signal: AbortSignal): Promise<Booking[]> {
  const from = new Date(serverNow() - LONGEST_MS).toISOString(); // a lesson that has begun isn't over
  const to = new Date(serverNow() + YEAR_MS).toISOString();
  const bookings: Booking[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await api.bookings.list({ studentId: "me" }, { from, to, limit: 200, cursor, signal });
    bookings.push(...page.bookings);
    cursor = page.nextCursor;
  }
  return bookings;
}

function seriesOf({ tutorId, seriesId }: Booking) {
  return { tutorId, seriesId: seriesId! };
}

function explainOrder({ slot }: Order, error: Error, retry: () => void): Outcome {
  const reason = reasonOf(error);
  if (reason === undefined) {
    return error instanceof ApiError && error.status < 500 ? { error } : { error, retry };
  }
  const alternatives = error instanceof SlotTaken || error instanceof SlotNotFound ? error.alternatives : [];
  const { tutorId, tutorName } = slot;
  return { refusal: { slot, reason, alternatives: alternatives.map((each) => ({ ...each, tutorId, tutorName })) } };
}

function explainChange(error: Error): Outcome {
  if (error instanceof Forbidden) {
    return { error: new ReadableError(t.book.step.notYours) };
  }
  if (error instanceof HoldExpired) {
    return {}; // the step says it, with the nearest times, when the bookings and the free times were loaded again
  }
  const reason = reasonOf(error);
  return { error: reason === undefined ? error : new ReadableError(`${reason}.`) };
}

/** Return why the server refused a booking, in the student's words. */
function reasonOf(error: Error): string | undefined {
  const reasons: Record<string, string> = t.book.refusals;
  return error instanceof ApiError ? reasons[error.code] : undefined;
}
