import type { components } from "./schema.js";
import type { Transport } from "./transport.js";
import type { Availability, DayToSave, DryRun, Instant, LocalDate, Reason, TimeSlotToOffer, Update } from "./types.js";

/** Options of every call. */
export interface CallOptions {
  /** If it is aborted, the call rejects with its reason. */
  signal?: AbortSignal;
}

export interface AvailabilityOptions extends CallOptions {
  /** Answer the state at that instant, from the log; `complete` says whether it is certain. Not with `explain`. */
  asOf?: Instant;
  /** Add why slots are booked, and the times that were removed; the tutor and admins get the reasons, too. */
  explain?: boolean;
}

export interface RevertOptions extends CallOptions {
  /** For the history, at most 500 characters. */
  notes?: string | null;
  /** Answer the changes and conflicts without saving. */
  dryRun?: boolean;
}

export interface UpdateDaysOptions extends RevertOptions {
  /** For the history. The default is `tutor_edit`, for admins `admin_action`. */
  reason?: Reason;
}

export interface UpdateOptions extends UpdateDaysOptions {
  /** The version that the edit is based on, 0 if the day was never edited. If it has another: `VersionMismatch`. */
  version?: number | null;
}

type Schemas = components["schemas"];
type Edit = Schemas["EditDay"] | Schemas["EditDays"] | Schemas["Revert"];
type Dry<Options> = Options & { dryRun: true };
type NotDry<Options> = Options & { dryRun?: false };

/**
 * A tutor's availability and edits of it. Every method may throw `NetworkError`, `TimedOut`, `NotUnderstood`, and these
 * `ApiError`s: `InvalidRequest`, `Unavailable`, `InternalError`, `UnknownTimeZone`.
 *
 * Edits are for the tutor and admins; others get `Unauthenticated` or `Forbidden`. Dry runs, and edits with a version
 * for each day, are retried. If the first attempt was saved and only its answer was lost, the retry changes nothing:
 * its `changeSetId` is null.
 */
export class AvailabilityApi {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Return the days of a range of dates, both included, at most 366 days. The default is 14 days from today in the
   * tutor's zone. It is public: a token is only sent with `explain`. Throws `TutorNotFound`.
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
   * Replace the slots of a day, at most 288. Throws `VersionMismatch`, `SlotBooked`, `OverlappingSlots`,
   * `NonexistentLocalTime`, `DateInPast`, `BodyTooLarge`, and `TutorNotFound` (for admins).
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
    return this.#edit({ tutorId, ...day, ...more }, isGuarded(day), signal);
  }

  /**
   * Replace the slots of up to 92 days, all or none, as one change set. Each day may have its `version`. Throws the
   * errors of `updateAvailability`.
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
    return this.#edit({ tutorId, days: body, ...more }, days.every(isGuarded), signal);
  }

  /**
   * Undo a change set, as a new change set. Slots that were changed again later stay as they are. Throws
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
   * Send an edit, and retry it where that is safe:
   *
   * - Every day has a version: if the first attempt was saved, the retry finds the same slots and changes nothing. If
   *   somebody else saved in between, it throws `VersionMismatch`.
   * - A dry run saves nothing.
   *
   * Edits without a version, and reverts, which take none, aren't retried: that could undo somebody else's later edit.
   */
  #edit<T extends Update>(body: Edit, isGuarded: boolean, signal: AbortSignal | undefined): Promise<T> {
    const isRepeatable = isGuarded || body.dryRun === true;
    return this.#transport.json<T>(
      { function: "update_availability", method: "PUT", body, isRepeatable, signal },
      "changeSetId",
    );
  }
}

function isGuarded(day: { version?: number | null }): boolean {
  return typeof day.version === "number";
}

/** Return the fields of a slot that the function accepts: a slot that was read may have `why`, too. */
function slotBody({ why: _, ...slot }: TimeSlotToOffer): Omit<TimeSlotToOffer, "why"> {
  return slot;
}
