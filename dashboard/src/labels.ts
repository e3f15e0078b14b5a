/** Texts that several views use. */

import type { EditReason } from "slotledger-client";
import { t } from "./texts";
import { formatLocale } from "./time";

/** An error whose message the page shows to the viewer unchanged. */
export class ReadableError extends Error {}

/** The reasons that an edit may have, in the order in which they are offered. */
export const EDIT_REASONS: readonly EditReason[] = [
  "tutor_edit",
  "conflict",
  "vacation",
  "illness",
  "copy_week",
  "bulk_clear_future",
  "admin_action",
  "revert",
  "other",
];

/** Return a number with thousands separators: "1,234". */
export function formatNumber(number: number): string {
  return new Intl.NumberFormat(formatLocale()).format(number);
}

/** Return the last eight characters of an id. (Ids often begin in the same way: "auth0|".) */
export function shortId(id: string): string {
  return id.slice(-8);
}

/** Return the first letters of the first and the last name: "FH" for "Freja Holm". */
export function initialsOf(name: string | null): string {
  const names = name?.split(/\s+/).filter(Boolean) ?? [];
  return [...new Set([names[0], names.at(-1)])].map((each) => [...(each ?? "")][0]?.toUpperCase() ?? "").join("");
}

/** The ids of the users whom the page can name. */
export interface UserIds {
  viewer: string | null;
  /** The user id of the tutor. If it is not null, all users but the tutor and the viewer are called "support". */
  tutor: string | null;
  /** The name of the tutor, if the page has it. */
  tutorName?: string;
}

/** Return the name of an edit's author. */
export function authorName(userId: string | null, users: UserIds): string {
  if (userId === null) {
    return t.authors.unknown;
  }
  if (userId === users.viewer) {
    return t.authors.you;
  }
  if (users.tutor === null) {
    return t.authors.user(shortId(userId));
  }
  return userId === users.tutor ? (users.tutorName ?? t.authors.tutor) : t.authors.support;
}
