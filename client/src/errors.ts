import type { Alternative, BookingStatus, Conflict, Day, FieldError, Problem, ProblemCode, RefusedDate } from "./types.js";

/**
 * The base class of the errors that calls throw. There are two exceptions: an aborted call rejects with the reason of
 * its signal, and an error that `getToken` throws is thrown unchanged.
 */
export class SlotledgerError extends Error {}

/**
 * The request or its answer was lost. `cause` is the error of `fetch`, or of reading the answer. An edit may have been
 * saved.
 */
export class NetworkError extends SlotledgerError {
  override readonly name = "NetworkError";

  constructor(cause: unknown) {
    super(`the request or its answer was lost: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** No complete answer came within `timeoutMs`. An edit may have been saved. */
export class TimedOut extends SlotledgerError {
  override readonly name = "TimedOut";

  constructor(readonly timeoutMs: number) {
    super(`no answer came within ${timeoutMs} ms`);
  }
}

/** The answer isn't a valid answer of the function. For example, it is a gateway's error page, or the URL is wrong. */
export class NotUnderstood extends SlotledgerError {
  override readonly name = "NotUnderstood";

  constructor(
    /** The HTTP status. */
    readonly status: number,
    contentType: string | null,
    /** The id of the request, for support; null if the answer has none. */
    readonly requestId: string | null,
  ) {
    super(`the answer (${status}, ${contentType ?? "no content type"}) isn't valid for this function: check the URL`);
  }
}

/**
 * An error answer of a function. `message` is the answer's `detail`. Each code has a subclass. For a code that this
 * version of the client doesn't have, `ApiError` itself is thrown.
 */
export class ApiError extends SlotledgerError {
  /** The HTTP status. */
  readonly status: number;
  /** The kind of error. Use it in conditions, because it never changes. */
  readonly code: ProblemCode | (string & {});
  /** The kind of error, in words. */
  readonly title: string;
  /** What is wrong, where, and what to do, for the person who made the request. */
  readonly detail: string;
  /** The id of the request, for support; null if the answer has none. */
  readonly requestId: string | null;

  constructor(problem: Problem, requestId: string | null) {
    super(problem.detail);
    // Make the name from the code, because minifiers shorten class names.
    this.name = problem.code.replace(/(?:^|_)([a-z])/g, (_, first: string) => first.toUpperCase());
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.detail = problem.detail;
    this.requestId = requestId;
  }
}

/** The request is not valid (400); `errors` has the invalid fields, at most 20. */
export class InvalidRequest extends ApiError {
  declare readonly code: "invalid_request" | "overlapping_slots" | "nonexistent_local_time" | "date_in_past";
  readonly errors: readonly FieldError[];

  constructor(problem: Problem, requestId: string | null) {
    super(problem, requestId);
    this.errors = problem.errors ?? [];
  }
}

/** Two slots overlap, of one date or of two dates (400). */
export class OverlappingSlots extends InvalidRequest {
  declare readonly code: "overlapping_slots";
}

/** The clocks skip that time on that day (400). */
export class NonexistentLocalTime extends InvalidRequest {
  declare readonly code: "nonexistent_local_time";
}

/** The day is in the past, in the slot's zone (400). */
export class DateInPast extends InvalidRequest {
  declare readonly code: "date_in_past";
}

/** Students have to hold a slot first: send `holdSeconds` (400). */
export class HoldRequired extends ApiError {
  declare readonly code: "hold_required";
  readonly errors: readonly FieldError[];

  constructor(problem: Problem, requestId: string | null) {
    super(problem, requestId);
    this.errors = problem.errors ?? [];
  }
}

/** The request has no token, or its token isn't valid, for example because it has expired (401). */
export class Unauthenticated extends ApiError {
  declare readonly code: "unauthenticated";
}

/** The caller may not do this (403). */
export class Forbidden extends ApiError {
  declare readonly code: "forbidden";
}

/** There is no tutor with that id (404). */
export class TutorNotFound extends ApiError {
  declare readonly code: "tutor_not_found";
}

/**
 * The tutor's history has no change set with that id (404). If the update's `audit` was `deferred`, try again in a few
 * minutes.
 */
export class ChangeSetNotFound extends ApiError {
  declare readonly code: "change_set_not_found";
}

/** There is no booking or series with that id that the caller may see (404). */
export class BookingNotFound extends ApiError {
  declare readonly code: "booking_not_found";
}

/** The tutor doesn't offer this slot, or not any more (404). `alternatives` can be booked, the nearest first. */
export class SlotNotFound extends ApiError {
  declare readonly code: "slot_not_found";
  readonly alternatives: readonly Alternative[];

  constructor(problem: Problem, requestId: string | null) {
    super(problem, requestId);
    this.alternatives = problem.alternatives ?? [];
  }
}

/** The function doesn't accept that HTTP method (405). Check its URL, which may be the URL of another function. */
export class MethodNotAllowed extends ApiError {
  declare readonly code: "method_not_allowed";
}

/** The edit would remove booked slots, so nothing was saved (409). `conflicts` are these slots. */
export class SlotBooked extends ApiError {
  declare readonly code: "slot_booked";
  readonly conflicts: readonly Conflict[];

  constructor(problem: Problem, requestId: string | null) {
    super(problem, requestId);
    this.conflicts = (problem.conflicts ?? []) as readonly Conflict[];
  }
}

/** The tutor can't be booked any more (409). */
export class TutorInactive extends ApiError {
  declare readonly code: "tutor_inactive";
}

/** The slot has begun, or the tutor requires more notice to book or to cancel (409). */
export class TooLate extends ApiError {
  declare readonly code: "too_late";
}

/** Somebody else has booked the slot (409). `alternatives` can be booked, the nearest first. */
export class SlotTaken extends ApiError {
  declare readonly code: "slot_taken";
  readonly alternatives: readonly Alternative[];

  constructor(problem: Problem, requestId: string | null) {
    super(problem, requestId);
    this.alternatives = problem.alternatives ?? [];
  }
}

/** The student has a lesson with another tutor at that time (409). */
export class StudentBusy extends ApiError {
  declare readonly code: "student_busy";
}

/** The student holds as many slots as one student may (409). */
export class TooManyHolds extends ApiError {
  declare readonly code: "too_many_holds";
}

/** The hold ran out, and its slot isn't free any more (409). */
export class HoldExpired extends ApiError {
  declare readonly code: "hold_expired";
}

/** The booking's status doesn't allow this change (409). `bookingStatus` is its status. */
export class InvalidTransition extends ApiError {
  declare readonly code: "invalid_transition";
  readonly bookingStatus: BookingStatus;

  constructor(problem: Problem, requestId: string | null) {
    super(problem, requestId);
    this.bookingStatus = problem.bookingStatus!;
  }
}

/** Some dates of the series don't allow this, so nothing was changed (409). `conflicts` are these dates. */
export class SeriesConflict extends ApiError {
  declare readonly code: "series_conflict";
  readonly conflicts: readonly RefusedDate[];

  constructor(problem: Problem, requestId: string | null) {
    super(problem, requestId);
    this.conflicts = (problem.conflicts ?? []) as readonly RefusedDate[];
  }
}

/** The user is another tutor's (409). `errors` names the field, with its place in the request: `tutors[3].userId`. */
export class UserTaken extends ApiError {
  declare readonly code: "user_taken";
  readonly errors: readonly FieldError[];

  constructor(problem: Problem, requestId: string | null) {
    super(problem, requestId);
    this.errors = problem.errors ?? [];
  }
}

/** Another tutor has the external id (409). `errors` names the field, with its place in the request. */
export class ExternalIdTaken extends ApiError {
  declare readonly code: "external_id_taken";
  readonly errors: readonly FieldError[];

  constructor(problem: Problem, requestId: string | null) {
    super(problem, requestId);
    this.errors = problem.errors ?? [];
  }
}

/** The change set can't be reverted, because entries of it are missing from the history (409). */
export class ChangeSetIncomplete extends ApiError {
  declare readonly code: "change_set_incomplete";
}

/**
 * A day has another version than the one that the edit is based on, and other slots than the edit would save, so
 * nothing was saved (412). `days` are all days of the edit, as they are now. If a weekly schedule has another version,
 * `days` is empty.
 */
export class VersionMismatch extends ApiError {
  declare readonly code: "version_mismatch";
  readonly days: readonly Day[];

  constructor(problem: Problem, requestId: string | null) {
    super(problem, requestId);
    this.days = problem.days ?? [];
  }
}

/** The request is larger than 256 KiB (413). */
export class BodyTooLarge extends ApiError {
  declare readonly code: "body_too_large";
}

/** The key was used for another booking (422). Use a new key for each booking. */
export class IdempotencyKeyReused extends ApiError {
  declare readonly code: "idempotency_key_reused";
}

/** The tutor's time zone in the database is invalid (500). */
export class UnknownTimeZone extends ApiError {
  declare readonly code: "unknown_time_zone";
}

/** The server can't do this now (503), for example because it can't reach its database. An edit may have been saved. */
export class Unavailable extends ApiError {
  declare readonly code: "unavailable";
}

/** The server failed (500). An edit may have been saved. */
export class InternalError extends ApiError {
  declare readonly code: "internal_error";
}

type ApiErrorClass = new (problem: Problem, requestId: string | null) => ApiError;

// With `satisfies`, the compiler checks that each code of the schema is here, and that there are no other codes.
const CLASSES = {
  invalid_request: InvalidRequest,
  overlapping_slots: OverlappingSlots,
  nonexistent_local_time: NonexistentLocalTime,
  hold_required: HoldRequired,
  date_in_past: DateInPast,
  unauthenticated: Unauthenticated,
  forbidden: Forbidden,
  tutor_not_found: TutorNotFound,
  change_set_not_found: ChangeSetNotFound,
  booking_not_found: BookingNotFound,
  slot_not_found: SlotNotFound,
  method_not_allowed: MethodNotAllowed,
  slot_booked: SlotBooked,
  tutor_inactive: TutorInactive,
  too_late: TooLate,
  slot_taken: SlotTaken,
  student_busy: StudentBusy,
  too_many_holds: TooManyHolds,
  hold_expired: HoldExpired,
  invalid_transition: InvalidTransition,
  series_conflict: SeriesConflict,
  change_set_incomplete: ChangeSetIncomplete,
  user_taken: UserTaken,
  external_id_taken: ExternalIdTaken,
  version_mismatch: VersionMismatch,
  body_too_large: BodyTooLarge,
  idempotency_key_reused: IdempotencyKeyReused,
  unknown_time_zone: UnknownTimeZone,
  unavailable: Unavailable,
  internal_error: InternalError,
} satisfies Record<ProblemCode, ApiErrorClass>;

/** Return the error for a problem. */
export function apiError(problem: Problem, requestId: string | null): ApiError {
  const Class: ApiErrorClass = Object.hasOwn(CLASSES, problem.code) ? CLASSES[problem.code] : ApiError;
  return new Class(problem, requestId);
}
