import type { Conflict, Day, FieldError, Problem, ProblemCode } from "./types.js";

/** The root: catch it to catch every error of this client. (An abort by your own signal rejects with its reason.) */
export class SlotledgerError extends Error {}

/** The request, or its answer, was lost on the way; `cause` says how. An edit may have been saved nevertheless. */
export class NetworkError extends SlotledgerError {
  override readonly name = "NetworkError";

  constructor(cause: unknown) {
    super(`the request or its answer was lost: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** No answer came within `timeoutMs`. An edit may have been saved nevertheless. */
export class TimedOut extends SlotledgerError {
  override readonly name = "TimedOut";

  constructor(readonly timeoutMs: number) {
    super(`no answer came within ${timeoutMs} ms`);
  }
}

/** What came isn't an answer of Slotledger: a gateway's own error page, or a URL that leads somewhere else. */
export class NotUnderstood extends SlotledgerError {
  override readonly name = "NotUnderstood";

  constructor(
    /** The HTTP status. */
    readonly status: number,
    contentType: string | null,
    /** What to quote when something goes wrong; null when it wasn't told. */
    readonly requestId: string | null,
  ) {
    super(`the answer, ${status} with ${contentType ?? "no content type"}, isn't one of Slotledger: is the URL right?`);
  }
}

/**
 * An answer that says what went wrong; `message` is its `detail`. There is a class for each code: this one itself is
 * thrown where the server is newer than the client and answers a code that isn't known here.
 */
export class ApiError extends SlotledgerError {
  /** The HTTP status. */
  readonly status: number;
  /** What to branch on: it never changes. */
  readonly code: ProblemCode | (string & {});
  /** What kind of error it is, the same for each of its code. */
  readonly title: string;
  /** What was wrong, where, and what to do, for the person who made the request. */
  readonly detail: string;
  /** What to quote when something goes wrong; null when it wasn't told. */
  readonly requestId: string | null;

  constructor(problem: Problem, requestId: string | null) {
    super(problem.detail);
    // The name of the class, which a minifier may have shortened.
    this.name = problem.code.replace(/(?:^|_)([a-z])/g, (_, first: string) => first.toUpperCase());
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.detail = problem.detail;
    this.requestId = requestId;
  }
}

/** What was sent is not of the form that is asked for (400); `errors` names each field. */
export class InvalidRequest extends ApiError {
  declare readonly code: "invalid_request" | "overlapping_slots" | "nonexistent_local_time" | "date_in_past";
  readonly errors: readonly FieldError[];

  constructor(problem: Problem, requestId: string | null) {
    super(problem, requestId);
    this.errors = problem.errors ?? [];
  }
}

/** Two slots of one day share time (400). */
export class OverlappingSlots extends InvalidRequest {
  declare readonly code: "overlapping_slots";
}

/** The clock jumps over that time on that day (400). */
export class NonexistentLocalTime extends InvalidRequest {
  declare readonly code: "nonexistent_local_time";
}

/** The day is over, where the tutor lives (400). */
export class DateInPast extends InvalidRequest {
  declare readonly code: "date_in_past";
}

/** Who is calling can't be told (401): no token, or one that doesn't hold, or not any more. */
export class Unauthenticated extends ApiError {
  declare readonly code: "unauthenticated";
}

/** Who is calling may not do this (403). */
export class Forbidden extends ApiError {
  declare readonly code: "forbidden";
}

/** There is no tutor with that id (404). */
export class TutorNotFound extends ApiError {
  declare readonly code: "tutor_not_found";
}

/** The history knows no change set of this tutor with that id (404); one that was deferred may still come. */
export class ChangeSetNotFound extends ApiError {
  declare readonly code: "change_set_not_found";
}

/** The function doesn't speak that HTTP method (405): the URL is another function's. */
export class MethodNotAllowed extends ApiError {
  declare readonly code: "method_not_allowed";
}

/** The edit would strand bookings (409), and changed nothing; `conflicts` are the booked slots that it would remove. */
export class SlotBooked extends ApiError {
  declare readonly code: "slot_booked";
  readonly conflicts: readonly Conflict[];

  constructor(problem: Problem, requestId: string | null) {
    super(problem, requestId);
    this.conflicts = problem.conflicts ?? [];
  }
}

/** Not all entries of the change set to revert are known (409). */
export class ChangeSetIncomplete extends ApiError {
  declare readonly code: "change_set_incomplete";
}

/** A day was edited since you read it (412), and nothing was changed; `days` are the edit's, as they stand now. */
export class VersionMismatch extends ApiError {
  declare readonly code: "version_mismatch";
  readonly days: readonly Day[];

  constructor(problem: Problem, requestId: string | null) {
    super(problem, requestId);
    this.days = problem.days ?? [];
  }
}

/** What was sent is larger than the functions read, 256 KiB (413). */
export class BodyTooLarge extends ApiError {
  declare readonly code: "body_too_large";
}

/** The tutor's time zone isn't one (500): a fault in the data, which the caller can't mend. */
export class UnknownTimeZone extends ApiError {
  declare readonly code: "unknown_time_zone";
}

/** The database can't be reached now (503). An edit may have been saved nevertheless. */
export class Unavailable extends ApiError {
  declare readonly code: "unavailable";
}

/** Something went wrong on the server (500). */
export class InternalError extends ApiError {
  declare readonly code: "internal_error";
}

type ApiErrorClass = new (problem: Problem, requestId: string | null) => ApiError;

// A code that the schema has and this table hasn't, or the other way round, doesn't compile.
const CLASSES = {
  invalid_request: InvalidRequest,
  overlapping_slots: OverlappingSlots,
  nonexistent_local_time: NonexistentLocalTime,
  date_in_past: DateInPast,
  unauthenticated: Unauthenticated,
  forbidden: Forbidden,
  tutor_not_found: TutorNotFound,
  change_set_not_found: ChangeSetNotFound,
  method_not_allowed: MethodNotAllowed,
  slot_booked: SlotBooked,
  change_set_incomplete: ChangeSetIncomplete,
  version_mismatch: VersionMismatch,
  body_too_large: BodyTooLarge,
  unknown_time_zone: UnknownTimeZone,
  unavailable: Unavailable,
  internal_error: InternalError,
} satisfies Record<ProblemCode, ApiErrorClass>;

/** Returns the error that a problem is. */
export function apiError(problem: Problem, requestId: string | null): ApiError {
  const Class: ApiErrorClass = Object.hasOwn(CLASSES, problem.code) ? CLASSES[problem.code] : ApiError;
  return new Class(problem, requestId);
}
