/** The TypeScript client of Slotledger. The README has examples. */

export { createApi } from "./api.js";
export type { Api } from "./api.js";
export type { AuditApi, CsvOptions, HistoryOptions, PageOptions, PlatformHistoryOptions, PlatformStatsOptions } from "./audit.js";
export type {
  AvailabilityApi,
  AvailabilityOptions,
  CallOptions,
  RevertOptions,
  UpdateDaysOptions,
  UpdateOptions,
} from "./availability.js";
export type { BookingsApi, CancelOptions, ListBookingsOptions, PlaceOptions } from "./bookings.js";
export {
  ApiError,
  BodyTooLarge,
  BookingNotFound,
  ChangeSetIncomplete,
  ChangeSetNotFound,
  DateInPast,
  ExternalIdTaken,
  Forbidden,
  HoldExpired,
  HoldRequired,
  IdempotencyKeyReused,
  InternalError,
  InvalidRequest,
  InvalidTransition,
  MethodNotAllowed,
  NetworkError,
  NonexistentLocalTime,
  NotUnderstood,
  OverlappingSlots,
  SeriesConflict,
  SlotBooked,
  SlotNotFound,
  SlotTaken,
  SlotledgerError,
  StudentBusy,
  TimedOut,
  TooLate,
  TooManyHolds,
  TutorInactive,
  TutorNotFound,
  Unauthenticated,
  Unavailable,
  UnknownTimeZone,
  UserTaken,
  VersionMismatch,
} from "./errors.js";
export type { SchedulesApi } from "./schedules.js";
export type { SearchApi } from "./search.js";
export type { ApiOptions, FunctionName, FunctionUrls } from "./transport.js";
export type { ListTutorsOptions, TutorsApi } from "./tutors.js";
export type * from "./types.js";
