import type { components } from "./schema.js";
import type { Transport } from "./transport.js";
import type { Availability, DayToSave, DryRun, Instant, LocalDate, Reason, TimeSlotToOffer, Update } from "./types.js";

/** For every call. */
export interface CallOptions {
  /** Aborting it rejects with its reason. */
  signal?: AbortSignal;
}

export interface AvailabilityOptions extends CallOptions {
  /** Answer what was shown at that instant, by the log; `complete` says whether that is certain. Not with `explain`. */
  asOf?: Instant;
  /** Say why slots are occupied, and which times aren't offered any more: with the reasons, to the tutor and admins. */
  explain?: boolean;
}

export interface RevertOptions extends CallOptions {
  /** At most 500 characters, for the history. */
  notes?: string | null;
  /** Answer what would change and what is in the way; write nothing. */
  dryRun?: boolean;
}

export interface UpdateDaysOptions extends RevertOptions {
  /** For the history; `tutor_edit` unless given, for admins `admin_action`. */
  reason?: Reason;
}

export interface UpdateOptions extends UpdateDaysOptions {
  /** The day's version that the edit is based on, 0 if never edited: the edit is refused if the day has moved on. */
  version?: number | null;
}

type Schemas = components["schemas"];
type Edit = Schemas["EditDay"] | Schemas["EditDays"] | Schemas["Revert"];
type Dry<Options> = Options & { dryRun: true };
type NotDry<Options> = Options & { dryRun?: false };

/**
 * What a tutor offers, and edits of it. Every method may throw `NetworkError`, `TimedOut`, `NotUnderstood`, and as
 * `ApiError` what every function may answer: `InvalidRequest`, `Unavailable`, `InternalError`, `UnknownTimeZone`.
 *
 * Edits are the tutor's, or an admin's (`Unauthenticated`, `Forbidden`). They are tried again by themselves when each
 * of their days carries its version, and so are dry runs. When the first try had taken effect and only its answer was
 * lost, the second one finds nothing to change: no changes, and no `changeSetId`.
 */
export class AvailabilityApi {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Returns the slots of a range of dates, both ends inclusive, 366 days at the most. From today in the tutor's zone,
   * and 14 days long, unless given. Public: a token is sent for `explain` alone. Throws `TutorNotFound`.
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
   * Lets a day have the slots given, and no others: 288 at the most. Throws `VersionMismatch`, `SlotBooked`,
   * `OverlappingSlots`, `NonexistentLocalTime`, `DateInPast`, `BodyTooLarge`, and for admins `TutorNotFound`.
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
    const day = { date, timeSlots: timeSlots.map(withoutWhy), version };
    return this.#edit({ tutorId, ...day, ...more }, isGuarded(day), signal);
  }

  /**
   * Lets up to 92 days have the slots given, all or nothing, as one change set. Each day may carry its `version`.
   * Throws what `updateAvailability` throws.
   */
  updateDays(tutorId: string, days: readonly DayToSave[], options: Dry<UpdateDaysOptions>): Promise<DryRun>;
  updateDays(tutorId: string, days: readonly DayToSave[], options?: NotDry<UpdateDaysOptions>): Promise<Update>;
  updateDays(tutorId: string, days: readonly DayToSave[], options?: UpdateDaysOptions): Promise<Update | DryRun>;
  updateDays(
    tutorId: string,
    days: readonly DayToSave[],
    { signal, ...more }: UpdateDaysOptions = {},
  ): Promise<Update | DryRun> {
    const sent = days.map(({ notOffered: _, timeSlots, ...day }) => ({ ...day, timeSlots: timeSlots.map(withoutWhy) }));
    return this.#edit({ tutorId, days: sent, ...more }, days.every(isGuarded), signal);
  }

  /**
   * Undoes what still stands of a change set, as a change set of its own, whoever made it stand. Throws
   * `ChangeSetNotFound`, `ChangeSetIncomplete`, `SlotBooked`, `OverlappingSlots`, `DateInPast`, and for admins
   * `TutorNotFound`.
   */
  revert(tutorId: string, changeSetId: string, options: Dry<RevertOptions>): Promise<DryRun>;
  revert(tutorId: string, changeSetId: string, options?: NotDry<RevertOptions>): Promise<Update>;
  revert(tutorId: string, changeSetId: string, options?: RevertOptions): Promise<Update | DryRun>;
  revert(tutorId: string, changeSetId: string, { signal, ...more }: RevertOptions = {}): Promise<Update | DryRun> {
    return this.#edit({ tutorId, revert: changeSetId, ...more }, false, signal);
  }

  /**
   * Sends an edit, again where that is safe.
   *
   * - All days guarded by a version: if the first try took effect, each day stands as asked, which passes and writes
   *   nothing; if somebody else came in between, the guard refuses, and hands back their days.
   * - A dry run writes nothing.
   * - Without a version, and for a revert, which takes none, a second try could undo what somebody else saved after the
   *   first: that is never done.
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

/** Returns what the function takes of a slot that was read: why it is occupied can't be told to it. */
function withoutWhy({ why: _, ...slot }: TimeSlotToOffer): Omit<TimeSlotToOffer, "why"> {
  return slot;
}
