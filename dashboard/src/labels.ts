/** Words that more than one view has. */

import type { Conflict, Reason } from "slotledger-client";
import { LOCALE } from "./time";

/** What went wrong, in words that are for people as they are. */
export class Told extends Error {}

/** The reasons for an edit. */
export const REASONS: Record<Reason, string> = {
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

/** What a booking does to its slot. */
export const BOOKINGS: Record<Conflict["status"], string> = {
  AWAITING_PAYMENT: "held for a student who is paying",
  CONFIRMED: "booked",
  COMPLETED: "booked, and the lesson was held",
};

/** Returns a number for people: "1,234". */
export function numeral(number: number): string {
  return new Intl.NumberFormat(LOCALE).format(number);
}

/** Returns "1 slot", "2 slots". */
export function counted(number: number, name: string): string {
  return `${numeral(number)} ${name}${number === 1 ? "" : "s"}`;
}

/** Returns the end of an id, which is enough to tell one from another in a list. */
export function shortId(id: string): string {
  return id.slice(-8);
}

/** Whose ids are known to the page. */
export interface Known {
  /** Of whoever looks. */
  viewer: string | null;
  /** Of the tutor; an edit by anybody else is support's then. */
  tutor: string | null;
}

/** Returns who made a change, in words. */
export function whoMade(userId: string | null, known: Known): string {
  if (userId === null) {
    return "unknown";
  }
  if (userId === known.viewer) {
    return "you";
  }
  if (known.tutor === null) {
    return `user ${userId.slice(0, 8)}…`;
  }
  return userId === known.tutor ? "the tutor" : "support";
}
