import type { CallOptions } from "./availability.js";
import type { Call, Transport } from "./transport.js";
import type {
  Booking,
  BookingId,
  BookingList,
  BookingSeries,
  BookingStatus,
  ChangedSeries,
  Instant,
  LocalDate,
  Repeat,
  SeriesId,
  SlotToBook,
} from "./types.js";

export interface PlaceOptions extends CallOptions {
  /** Hold the slot for so many seconds (30 to 86,400), until the booking is confirmed. Otherwise, it is confirmed. */
  holdSeconds?: number;
  /** The student. Only admins may book for somebody else; the default is the caller. */
  studentId?: string;
  /** The student's name; for admins only. The default is the name in the caller's token. */
  studentName?: string;
  /**
   * A text of 1 to 255 ASCII characters. All calls with the same key and the same booking place one booking. Pass a key
   * if you call `place` again after an error or a reload of the page. The default is a new random key for each call.
   */
  idempotencyKey?: string;
}

export interface CancelOptions extends CallOptions {
  /** Why it is cancelled, at most 500 characters. */
  reason?: string;
}

export interface ListBookingsOptions extends CallOptions {
  /** Return bookings that start at this instant or later. The default is now. */
  from?: Instant;
  /** Return bookings that start before this instant. The default is 90 days after `from`. */
  to?: Instant;
  /** Return only bookings with this status. */
  status?: BookingStatus;
  /** The largest number of bookings on a page: 1 to 200, 50 by default. */
  limit?: number;
  /** The `nextCursor` of the previous page. */
  cursor?: string;
}

/**
 * Places, reads and changes bookings. A student sees and changes their own bookings, and a tutor those of their students.
 *
 * All methods need a token. All may throw `Unauthenticated`, `Forbidden`, and the errors that all methods of
 * `AvailabilityApi` may throw. Methods that change a booking may throw `BookingNotFound` and `InvalidTransition`.
 *
 * All methods are retried. A booking is placed once, because its key is sent again with each retry, and a repeated
 * change changes nothing.
 */
export class BookingsApi {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Book a slot of a date. Pass the slot as `getAvailability` returned it, or one of an error's `alternatives`: if the
   * tutor offers another slot at that time now, this throws `SlotNotFound`.
   *
   * Throws `SlotTaken` and `SlotNotFound`, which have `alternatives`, and `TooLate`, `TutorInactive`, `StudentBusy`,
   * `TooManyHolds`, `HoldRequired`, `IdempotencyKeyReused`, `TutorNotFound`.
   */
  place(tutorId: string, date: LocalDate, slot: SlotToBook, options: PlaceOptions = {}): Promise<Booking> {
    return this.#transport.json<Booking>(placeCall({ tutorId, ...slotBody(date, slot) }, options), "bookingId");
  }

  /**
   * Book a slot of a date and the slots at the same local time every few weeks: all of them, or none. With `skipTaken`,
   * dates on which the slot can't be booked are left out; `skipped` are these dates. Throws `SeriesConflict`, and the
   * errors of `place`.
   */
  placeSeries(
    tutorId: string,
    date: LocalDate,
    slot: SlotToBook,
    repeat: Repeat,
    options: PlaceOptions = {},
  ): Promise<BookingSeries> {
    const call = placeCall({ tutorId, ...slotBody(date, slot), repeat }, options);
    return this.#transport.json<BookingSeries>(call, "skipped");
  }

  /** Return a booking. Throws `BookingNotFound` if there is none that the caller may see. */
  get({ tutorId, bookingId }: BookingId, { signal }: CallOptions = {}): Promise<Booking> {
    return this.#transport.json<Booking>(readCall({ tutorId, bookingId }, signal), "bookingId");
  }

  /**
   * Return a page of bookings of a tutor or of a student, ordered by start. The `studentId` `me` is the caller. Throws
   * `TutorNotFound`.
   */
  list(
    whose: { tutorId: string } | { studentId: string },
    { signal, ...query }: ListBookingsOptions = {},
  ): Promise<BookingList> {
    return this.#transport.json<BookingList>(readCall({ ...whose, ...query }, signal), "bookings");
  }

  /**
   * Confirm a booking that holds its slot, for the student and admins. If the hold has run out and the slot is still
   * free, return a new booking, whose `movedFrom` is the old one. Otherwise, throw `HoldExpired`.
   */
  confirm(booking: BookingId, options: CallOptions = {}): Promise<Booking> {
    return this.#change(booking, { status: "CONFIRMED" }, options);
  }

  /** Cancel a booking. Students get `TooLate` if the tutor requires more notice. */
  cancel(booking: BookingId, { reason, ...options }: CancelOptions = {}): Promise<Booking> {
    return this.#change(booking, { status: "CANCELLED", reason }, options);
  }

  /** Say that a lesson took place, for the tutor and admins, from its start on. */
  complete(booking: BookingId, options: CallOptions = {}): Promise<Booking> {
    return this.#change(booking, { status: "COMPLETED" }, options);
  }

  /** Say that the student didn't come to a lesson, for the tutor and admins, from its start on. */
  noShow(booking: BookingId, options: CallOptions = {}): Promise<Booking> {
    return this.#change(booking, { status: "NO_SHOW" }, options);
  }

  /**
   * Move a booking to another slot of the tutor, and return the booking in the new slot. If it can't be booked, nothing
   * changes. Throws `SlotTaken`, `SlotNotFound`, `TooLate`, `TutorInactive`, `StudentBusy`.
   */
  move(booking: BookingId, date: LocalDate, slot: SlotToBook, options: CallOptions = {}): Promise<Booking> {
    return this.#change(booking, { moveTo: slotBody(date, slot) }, options);
  }

  /**
   * Confirm the active bookings of a series that start on a date or later: all of them, or none. Holds that ran out aren't
   * confirmed: compare the dates of the answer with those of the series. Throws `SeriesConflict`, `InvalidTransition`.
   */
  confirmSeries(series: SeriesId, from: LocalDate, options: CallOptions = {}): Promise<ChangedSeries> {
    return this.#changeSeries(series, { from, status: "CONFIRMED" }, options);
  }

  /**
   * Cancel the active bookings of a series that start on a date or later: all of them, or none. Lessons that have begun
   * aren't cancelled. Throws `SeriesConflict`, `InvalidTransition`.
   */
  cancelSeries(
    series: SeriesId,
    from: LocalDate,
    { reason, ...options }: CancelOptions = {},
  ): Promise<ChangedSeries> {
    return this.#changeSeries(series, { from, status: "CANCELLED", reason }, options);
  }

  #change({ tutorId, bookingId }: BookingId, change: object, { signal }: CallOptions): Promise<Booking> {
    return this.#transport.json<Booking>(changeCall({ tutorId, bookingId, ...change }, signal), "bookingId");
  }

  #changeSeries({ tutorId, seriesId }: SeriesId, change: object, { signal }: CallOptions): Promise<ChangedSeries> {
    return this.#transport.json<ChangedSeries>(changeCall({ tutorId, seriesId, ...change }, signal), "bookings");
  }
}

/** Return what to book, and what the student saw of it. */
function slotBody(date: LocalDate, { time, startsAt, durationMinutes }: SlotToBook): SlotToBook & { date: LocalDate } {
  return { date, time, startsAt, durationMinutes };
}

/** Return a call that places a booking. Its key is made here, once, so that all attempts send the same key. */
function placeCall(body: object, { signal, idempotencyKey = crypto.randomUUID(), ...more }: PlaceOptions): Call {
  const request = { body: { ...body, ...more }, idempotencyKey, isRepeatable: true, signal };
  return { function: "bookings", method: "POST", ...request };
}

function readCall(query: Call["query"], signal: AbortSignal | undefined): Call {
  return { function: "bookings", method: "GET", query, isRepeatable: true, signal };
}

/** Return a call that changes bookings. It is repeatable, because it changes nothing the second time. */
function changeCall(body: object, signal: AbortSignal | undefined): Call {
  return { function: "bookings", method: "PATCH", body, isRepeatable: true, signal };
}
