import { AuditApi } from "./audit.js";
import { AvailabilityApi } from "./availability.js";
import { Transport, platform } from "./transport.js";
import type { ApiOptions, Platform } from "./transport.js";

/** The functions as methods. */
export interface Api {
  readonly availability: AvailabilityApi;
  readonly audit: AuditApi;
}

/** Return the functions as methods. It sends nothing itself. */
export function createApi(options: ApiOptions): Api {
  return createApiOn(platform, options);
}

/** Return the functions as methods, with another clock, random numbers or cache: for tests. */
export function createApiOn(platform: Platform, options: ApiOptions): Api {
  const transport = new Transport(options, platform);
  return { availability: new AvailabilityApi(transport), audit: new AuditApi(transport) };
}
