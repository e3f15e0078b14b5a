import { AuditApi } from "./audit.js";
import { AvailabilityApi } from "./availability.js";
import { Transport, platform } from "./transport.js";
import type { ApiOptions, Platform } from "./transport.js";

/** The API of Slotledger: `availability` reads and edits slots, and `audit` reads the log of edits. */
export interface Api {
  readonly availability: AvailabilityApi;
  readonly audit: AuditApi;
}

/** Return an API for these options. A request is sent only when a method is called. */
export function createApi(options: ApiOptions): Api {
  return createApiOn(platform, options);
}

/** Return an API on another platform. Tests use it to replace the clock and the random numbers, and to say whether HTTP has a cache. */
export function createApiOn(platform: Platform, options: ApiOptions): Api {
  const transport = new Transport(options, platform);
  return { availability: new AvailabilityApi(transport), audit: new AuditApi(transport) };
}
