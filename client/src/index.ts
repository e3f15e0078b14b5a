/** The TypeScript client of Slotledger. The README has examples. */

export { createApi } from "./api.js";
export type { Api } from "./api.js";
export type { AuditApi, CsvOptions, HistoryOptions, PageOptions } from "./audit.js";
export type {
  AvailabilityApi,
  AvailabilityOptions,
  CallOptions,
  RevertOptions,
  UpdateDaysOptions,
  UpdateOptions,
} from "./availability.js";
export {
  ApiError,
  BodyTooLarge,
  ChangeSetIncomplete,
  ChangeSetNotFound,
  DateInPast,
  ExternalIdTaken,
  Forbidden,
  InternalError,
  InvalidRequest,
  MethodNotAllowed,
  NetworkError,
  NonexistentLocalTime,
  NotUnderstood,
  OverlappingSlots,
  SlotBooked,
  SlotledgerError,
  TimedOut,
  TutorNotFound,
  Unauthenticated,
  Unavailable,
  UnknownTimeZone,
  UserTaken,
  VersionMismatch,
} from "./errors.js";
export type { ApiOptions, FunctionName, FunctionUrls } from "./transport.js";
export type { ListTutorsOptions, TutorsApi } from "./tutors.js";
export type * from "./types.js";
