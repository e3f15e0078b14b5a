import type { CallOptions } from "./availability.js";
import { paged } from "./paging.js";
import type { Transport } from "./transport.js";
import type { FoundSlot, FoundSlots, SlotSearch } from "./types.js";

/** Finds slots of all tutors. */
export class SearchApi {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Return free slots that can be booked now, by start, then by tutor. With `await`, the result is one page, which also
   * has the `unknownTutorIds`. With `for await`, the result is the slots of all pages. The first page is requested
   * immediately, each other page when the loop reaches it.
   *
   * This is public, unless the deployment needs a token: then, calls without one throw `Unauthenticated`. May also throw
   * the errors that all methods of `AvailabilityApi` may throw.
   */
  findSlots(
    { tutorIds, tags, cursor: start, ...search }: SlotSearch,
    { signal }: CallOptions = {},
  ): Promise<FoundSlots> & AsyncIterable<FoundSlot> {
    // No tags are no filter. But no tutors are invalid: without `tutorIds`, the slots would be those of all tutors.
    const query = { ...search, tutorIds: tutorIds?.join(","), tags: tags?.join(",") || undefined };
    return paged(
      (cursor) =>
        this.#transport.json<FoundSlots>(
          { function: "find_slots", method: "GET", query: { ...query, cursor }, isRepeatable: true, signal },
          "unknownTutorIds",
        ),
      ({ slots }) => slots,
      start,
    );
  }
}
