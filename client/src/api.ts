import { AuditApi } from "./audit.js";
import { AvailabilityApi } from "./availability.js";
import { Transport, real } from "./transport.js";
import type { Ambient, ApiOptions } from "./transport.js";

/** The functions, as methods. */
export interface Api {
  readonly availability: AvailabilityApi;
  readonly audit: AuditApi;
}

/** Returns the functions as methods; nothing is sent before one is called. */
export function createApi(options: ApiOptions): Api {
  return createApiIn(real, options);
}

/** Does so with another clock, chance or cache: for tests. */
export function createApiIn(ambient: Ambient, options: ApiOptions): Api {
  const transport = new Transport(options, ambient);
  return { availability: new AvailabilityApi(transport), audit: new AuditApi(transport) };
}
