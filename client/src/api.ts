import { AuditApi } from "./audit.js";
import { AvailabilityApi } from "./availability.js";
import { BookingsApi } from "./bookings.js";
import { SchedulesApi } from "./schedules.js";
import { SearchApi } from "./search.js";
import { Transport, platform } from "./transport.js";
import type { ApiOptions, Platform } from "./transport.js";
import { TutorsApi } from "./tutors.js";

/**
 * The API of Slotledger: `availability` reads and edits slots, `search` finds free slots of all tutors, `bookings` places,
 * reads and changes bookings, `schedules` reads and saves weekly schedules, `audit` reads the log of edits, and `tutors`
 * reads and saves tutors.
 */
export interface Api {
  readonly availability: AvailabilityApi;
  readonly search: SearchApi;
  readonly bookings: BookingsApi;
  readonly schedules: SchedulesApi;
  readonly audit: AuditApi;
  readonly tutors: TutorsApi;
}

/** Return an API with these options. This sends no request; calls of the API's methods do. */
export function createApi(options: ApiOptions): Api {
  return createApiOn(platform, options);
}

/**
 * Return an API that uses the given platform. Tests call this to replace the clock, the random numbers and `sleep`, and
 * to set whether `fetch` has an HTTP cache.
 */
export function createApiOn(platform: Platform, options: ApiOptions): Api {
  const transport = new Transport(options, platform);
  return {
    availability: new AvailabilityApi(transport),
    search: new SearchApi(transport),
    bookings: new BookingsApi(transport),
    schedules: new SchedulesApi(transport),
    audit: new AuditApi(transport),
    tutors: new TutorsApi(transport),
  };
}
