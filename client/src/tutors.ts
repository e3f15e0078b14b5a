import type { CallOptions } from "./availability.js";
import type { components } from "./schema.js";
import type { Call, Transport } from "./transport.js";
import type { PublicTutor, SavedTutor, Tutor, TutorList, TutorToSave } from "./types.js";

export interface ListTutorsOptions extends CallOptions {
  /** Return only tutors that have this text in their name, external id or user id. Letters may be small or capital. */
  q?: string;
  /** The largest number of tutors on a page: 1 to 1,000, 100 by default. */
  limit?: number;
  /** The `nextCursor` of the previous page. */
  cursor?: string;
}

/**
 * Reads and saves tutors. User ids are texts, exactly as they are in the `sub` of your auth provider's tokens.
 *
 * All methods may throw the errors that all methods of `AvailabilityApi` may throw. All methods but `getTutor` need a
 * token, and all but `getTutor` and `getMe` need an admin's token. Others get `Unauthenticated` or `Forbidden`.
 */
export class TutorsApi {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Return a tutor. The tutor and admins get all settings. Everybody else gets what is public: `userId`, `externalId`
   * and the notices are undefined. Throws `TutorNotFound`.
   */
  getTutor({ tutorId }: { tutorId: string }, { signal }: CallOptions = {}): Promise<PublicTutor & Partial<Tutor>> {
    return this.#transport.json<PublicTutor & Partial<Tutor>>(readCall({ tutorId }, signal), "active");
  }

  /** Return the tutor that the caller is. Throws `TutorNotFound` if the caller isn't a tutor. */
  getMe({ signal }: CallOptions = {}): Promise<Tutor> {
    return this.#transport.json<Tutor>(readCall({ userId: "me" }, signal), "userId");
  }

  /** Return the tutor with a user id, or with an external id (the tutor's id in your own system). Throws `TutorNotFound`. */
  findTutor(by: { userId: string } | { externalId: string }, { signal }: CallOptions = {}): Promise<Tutor> {
    return this.#transport.json<Tutor>(readCall(by, signal), "userId");
  }

  /** Return a page of tutors, ordered by name. */
  listTutors({ signal, ...query }: ListTutorsOptions = {}): Promise<TutorList> {
    return this.#transport.json<TutorList>(readCall(query, signal), "tutors");
  }

  /**
   * Create or change a tutor, and return the tutor as saved. The tutor is looked up by `tutorId`, or else by
   * `externalId`, or else by `userId`. Optional fields that you leave out keep their values. Throws `UserTaken`,
   * `ExternalIdTaken`.
   *
   * If no answer comes, the request is sent again. If the first attempt was saved, the second one changes nothing, and
   * its `created` is false.
   */
  saveTutor(tutor: TutorToSave, { signal }: CallOptions = {}): Promise<SavedTutor> {
    return this.#transport.json<SavedTutor>(saveCall(tutor, signal), "created");
  }

  /**
   * Create or change up to 500 tutors: all are saved, or none. Return them in the same order. Throws the errors of
   * `saveTutor`, and `BodyTooLarge`.
   */
  async saveTutors(tutors: readonly TutorToSave[], { signal }: CallOptions = {}): Promise<SavedTutor[]> {
    type SavedTutors = components["schemas"]["SavedTutors"];
    return (await this.#transport.json<SavedTutors>(saveCall({ tutors }, signal), "tutors")).tutors;
  }
}

function readCall(query: Call["query"], signal: AbortSignal | undefined): Call {
  return { function: "tutors", method: "GET", query, isRepeatable: true, signal };
}

/** Return a call that saves tutors. It is repeatable, because it changes nothing the second time. */
function saveCall(body: object, signal: AbortSignal | undefined): Call {
  return { function: "tutors", method: "PUT", body, isRepeatable: true, signal };
}
