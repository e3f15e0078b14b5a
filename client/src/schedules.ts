import type { CallOptions } from "./availability.js";
import type { Transport } from "./transport.js";
import type { PublishedSchedule, ScheduleToSave, WeeklySchedule } from "./types.js";

/**
 * Reads and saves a tutor's weekly schedule, for the tutor and admins. The schedule publishes its slots by itself, as
 * far ahead as it says.
 *
 * Both methods may throw the errors that all methods of `AvailabilityApi` may throw, `Unauthenticated`, `Forbidden`,
 * and, for admins, `TutorNotFound`.
 */
export class SchedulesApi {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Return a tutor's schedule, and how far it is published. `schedule` is null if the tutor has none. */
  get(tutorId: string, { signal }: CallOptions = {}): Promise<WeeklySchedule> {
    return this.#transport.json<WeeklySchedule>(
      { function: "weekly_schedule", method: "GET", query: { tutorId }, isRepeatable: true, signal },
      "publishedThrough",
    );
  }

  /**
   * Save a schedule and publish its slots, in one change set; `schedule: null` withdraws the schedule's free slots.
   * Return what was changed and what was kept. Days that were edited by hand are kept, unless `overwrite` is true;
   * booked slots always stay. With `dryRun`, nothing is saved. Throws `VersionMismatch` (without days), `OverlappingSlots`.
   *
   * If no answer comes, the request is sent again. If the first attempt was saved, the second one changes nothing. Pass
   * the `version` that you have read, so that a retry can't overwrite the schedule of somebody else.
   */
  save(schedule: ScheduleToSave, { signal }: CallOptions = {}): Promise<PublishedSchedule> {
    return this.#transport.json<PublishedSchedule>(
      { function: "weekly_schedule", method: "PUT", body: schedule, isRepeatable: true, signal },
      "kept",
    );
  }
}
