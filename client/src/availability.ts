import type { components } from "./schema.js";
import type { Transport } from "./transport.js";
import type { Availability, DayToSave, DryRun, EditReason, Instant, LocalDate, TimeSlotToOffer, Update } from "./types.js";

/** Options of every call. */
export interface CallOptions {
  /** When this signal is aborted, the call rejects with the signal's reason. */
  signal?: AbortSignal;
}

export interface AvailabilityOptions extends CallOptions {
  /**
   * Return the state at this instant in the past, from the log. If the log lacks entries that the answer depends on,
   * `complete` is false in the answer: its slots may be wrong. Not allowed together with `explain`.
   */
  asOf?: Instant;
  /**
   * Return also a field `why` for each slot: `held` if its booking waits for the payment, `booked` for any other
   * booking, null if the slot is free. The tutor and admins also get when a hold runs out (`heldUntil`). Return also the times whose slots were removed (`notOffered`). For each of these
   * times, the tutor and admins also get who removed the slot, when, and the reason.
   */
  explain?: boolean;
}

export interface RevertOptions extends CallOptions {
  /** A note for the history, at most 500 characters. */
  notes?: string | null;
  /** Return the changes and conflicts, and save nothing. A dry run doesn't throw `SlotBooked`. */
  dryRun?: boolean;
}

export interface UpdateDaysOptions extends RevertOptions {
  /** The reason in the history. The default is `tutor_edit`, for admins `admin_action`. */
  reason?: EditReason;
  /**
   * Cancel the bookings of the slots that the edit removes, except those of slots that have begun; `reason` is what the
   * students see. Without it, such an edit throws `SlotBooked`. The answer has the bookings in `cancelled`.
   */
  cancelBookings?: { reason?: string | null };
}

export interface UpdateOptions extends UpdateDaysOptions {
  /**
   * The version that the edit is based on, 0 if the day was never edited. If the day has a different
   * version now, `VersionMismatch` is thrown, unless the day already has the requested slots. Without `version`, the
   * versions aren't compared.
   */
  version?: number | null;
}

type Schemas = components["schemas"];
type Edit = Schemas["EditDay"] | Schemas["EditDays"] | Schemas["Revert"];
type Dry<Options> = Options & { dryRun: true };
type NotDry<Options> = Options & { dryRun?: false };

/**
 * Reads and edits a tutor's availability. All methods may throw `NetworkError`, `TimedOut`, `NotUnderstood`, and these
 * `ApiError`s: `InvalidRequest`, `Unavailable`, `InternalError`, `UnknownTimeZone`. If the URLs of two
 * functions were mixed up in the configuration, the methods may throw `MethodNotAllowed`.
 *
 * Only the tutor and admins may edit. Others get `Unauthenticated` or `Forbidden`.
 *
 * Dry runs are retried, and so are edits that have a version for each day. If the first attempt of an edit was saved
 * and its answer was lost, the retry finds the same slots and changes nothing. You get the answer to the retry: its
 * `changeSetId` is null although the edit was saved. If somebody else has saved other slots in between, the retry
 * throws `VersionMismatch`.
 */
export class AvailabilityApi {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Return those days of a range that have slots or were edited. The range has at most 366 dates, with `startDate` and
   * `endDate` included. The default range is 14 days from today on, in the tutor's zone; with `asOf`, it begins on the
   * date of that instant. This is public: a token is sent only with `explain`. Throws `TutorNotFound`. With `explain`,
   * throws `Unauthenticated` if the token isn't valid.
   */
  getAvailability(
    tutorId: string,
    startDate?: LocalDate,
    endDate?: LocalDate,
    options: AvailabilityOptions = {},
  ): Promise<Availability> {
    const { asOf, explain, signal } = options;
    const query = { tutorId, startDate, endDate, asOf, explain: explain || undefined };
    return this.#transport.json<Availability>(
      { function: "get_availability", method: "GET", query, isAnonymous: !explain, isRepeatable: true, signal },
      "timeZone",
    );
  }

  /**
   * Replace the slots of a day; a day has at most 288. Throws `VersionMismatch`, `SlotBooked`, `OverlappingSlots`,
   * `NonexistentLocalTime`, `DateInPast`, `BodyTooLarge`, and, for admins, `TutorNotFound`.
   */
  updateAvailability(
    tutorId: string,
    date: LocalDate,
    timeSlots: readonly TimeSlotToOffer[],
    options: Dry<UpdateOptions>,
  ): Promise<DryRun>;
  updateAvailability(
    tutorId: string,
    date: LocalDate,
    timeSlots: readonly TimeSlotToOffer[],
    options?: NotDry<UpdateOptions>,
  ): Promise<Update>;
  updateAvailability(
    tutorId: string,
    date: LocalDate,
    timeSlots: readonly TimeSlotToOffer[],
    options?: UpdateOptions,
  ): Promise<Update | DryRun>;
  updateAvailability(
    tutorId: string,
    date: LocalDate,
    timeSlots: readonly TimeSlotToOffer[],
    { version, signal, ...more }: UpdateOptions = {},
  ): Promise<Update | DryRun> {
    const day = { date, timeSlots: timeSlots.map(slotBody), version };
    return this.#edit({ tutorId, ...day, ...more }, hasVersion(day), signal);
  }

  /**
   * Replace the slots of up to 92 days in one change set: all days are saved, or none. Each day may have a `version`.
   * Throws the errors of `updateAvailability`.
   */
  updateDays(tutorId: string, days: readonly DayToSave[], options: Dry<UpdateDaysOptions>): Promise<DryRun>;
  updateDays(tutorId: string, days: readonly DayToSave[], options?: NotDry<UpdateDaysOptions>): Promise<Update>;
  updateDays(tutorId: string, days: readonly DayToSave[], options?: UpdateDaysOptions): Promise<Update | DryRun>;
  updateDays(
    tutorId: string,
    days: readonly DayToSave[],
    { signal, ...more }: UpdateDaysOptions = {},
  ): Promise<Update | DryRun> {
    const body = days.map(({ notOffered: _, timeSlots, ...day }) => ({ ...day, timeSlots: timeSlots.map(slotBody) }));
    return this.#edit({ tutorId, days: body, ...more }, days.every(hasVersion), signal);
  }

  /**
   * Undo a change set, with a new change set. Slots that were changed again later stay as they are. Throws
   * `ChangeSetNotFound`, `ChangeSetIncomplete`, `SlotBooked`, `OverlappingSlots`, `DateInPast`, and, for admins,
   * `TutorNotFound`.
   */
  revert(tutorId: string, changeSetId: string, options: Dry<RevertOptions>): Promise<DryRun>;
  revert(tutorId: string, changeSetId: string, options?: NotDry<RevertOptions>): Promise<Update>;
  revert(tutorId: string, changeSetId: string, options?: RevertOptions): Promise<Update | DryRun>;
  revert(tutorId: string, changeSetId: string, { signal, ...more }: RevertOptions = {}): Promise<Update | DryRun> {
    return this.#edit({ tutorId, revert: changeSetId, ...more }, false, signal);
  }

  /**
   * Send an edit. These edits are retried:
   *
   * - Dry runs: they save nothing.
   * - Edits that have a version for each day: a retry can't overwrite the edit of somebody else.
   *
   * All others, also reverts, are sent once. A retry could overwrite an edit that somebody else has saved after the
   * first attempt.
   */
  #edit<T extends Update>(body: Edit, hasVersions: boolean, signal: AbortSignal | undefined): Promise<T> {
    const isRepeatable = hasVersions || body.dryRun === true;
    return this.#transport.json<T>(
      { function: "update_availability", method: "PUT", body, isRepeatable, signal },
      "changeSetId",
    );
  }
}

function hasVersion(day: { version?: number | null }): boolean {
  return typeof day.version === "number";
}

/** Return a slot without `why`. Answers with `explain` have this field, but `update_availability` doesn't accept it. */
function slotBody({ why: _, heldUntil: __, ...slot }: TimeSlotToOffer): Omit<TimeSlotToOffer, "why" | "heldUntil"> {
  return slot;
}
