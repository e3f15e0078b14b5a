/** Texts that several views use. */

import type { Conflict, EditReason, Reason } from "slotledger-client";
import { LOCALE } from "./time";

/** An error whose message the page shows to the viewer unchanged. */
export class ReadableError extends Error {}

/** The names of the reasons for an edit. */
export const EDIT_REASONS: Record<EditReason, string> = {
  tutor_edit: "Edit",
  conflict: "Something came up",
  vacation: "Vacation",
  illness: "Illness",
  copy_week: "Week copied",
  bulk_clear_future: "Future cleared",
  admin_action: "Support",
  revert: "Undo",
  other: "Other reason",
};

/** The names of the reasons for all changes. */
export const REASONS: Record<Reason, string> = {
  ...EDIT_REASONS,
  import: "Import",
  schedule: "Weekly schedule",
  external: "Changed by another program",
};

/** What each status of a booking means for its slot. */
export const BOOKINGS: Record<Conflict["status"], string> = {
  AWAITING_PAYMENT: "held for a student who is paying",
  CONFIRMED: "booked",
  COMPLETED: "booked, the lesson is over",
};

/** Return a number with thousands separators: "1,234". */
export function formatNumber(number: number): string {
  return new Intl.NumberFormat(LOCALE).format(number);
}

/** Return a number with a noun: "1 slot", "2 slots". */
export function plural(number: number, noun: string): string {
  return `${formatNumber(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Return the last eight characters of an id. (Ids often begin in the same way: "auth0|".) */
export function shortId(id: string): string {
  return id.slice(-8);
}

/** The ids of the users whom the page can name. */
export interface UserIds {
  viewer: string | null;
  /** The user id of the tutor. If it is not null, all users but the tutor and the viewer are called "support". */
  tutor: string | null;
}

/** Return the name of an edit's author. */
export function authorName(userId: string | null, users: UserIds): string {
  if (userId === null) {
    return "unknown";
  }
  if (userId === users.viewer) {
    return "you";
  }
  if (users.tutor === null) {
    return `user …${shortId(userId)}`;
  }
  return userId === users.tutor ? "the tutor" : "support";
}
