import { useState } from "react";
import type { Booking } from "slotledger-client";
import { Dialog } from "../Dialog";
import { ErrorMessage } from "../ErrorMessage";
import { timeIn, whenIn } from "../time";
import { lessonName } from "./holds";
import type { useHolds } from "./useHolds";

/** The student's lessons of the next 90 days, of all tutors, with a button to cancel each. */
export function YourBookings({ holding, zone }: { holding: ReturnType<typeof useHolds>; zone: string }) {
  const [cancelling, setCancelling] = useState<Booking>();
  const { bookings, holds, error, isLoading, isBusy, reload } = holding;
  const held = new Set(holds.map(({ booking }) => booking.bookingId));
  const shown = bookings.filter((booking) => !held.has(booking.bookingId) && isShown(booking));
  return (
    <div className="your-bookings">
      <h2>Your bookings</h2>
      {error ? (
        <ErrorMessage error={error} retry={reload} />
      ) : shown.length === 0 ? (
        <p className="none">{isLoading ? "…" : "You have no bookings in the next 90 days."}</p>
      ) : (
        <ul className="bookings">
          {shown.map((booking) => (
            <li key={booking.bookingId}>
              <div>
                <time dateTime={booking.startsAt} className={booking.status === "CANCELLED" ? "cancelled" : undefined}>
                  {whenIn(zone, booking)}
                </time>{" "}
                with {booking.tutorName}
                <p className="note">{noteOf(booking, zone)}</p>
              </div>
              {booking.status !== "CANCELLED" && (
                <button
                  aria-disabled={isBusy}
                  aria-label={`Cancel ${lessonName(zone, booking)}`}
                  onClick={() => setCancelling(booking)}
                >
                  Cancel
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {cancelling && (
        <Dialog title="Cancel this lesson?" onClose={() => setCancelling(undefined)}>
          <p>{lessonName(zone, cancelling)}</p>
          <div className="buttons">
            <button
              className="primary"
              onClick={() => {
                setCancelling(undefined);
                void holding.cancel(cancelling);
              }}
            >
              Cancel the lesson
            </button>
            <button onClick={() => setCancelling(undefined)}>Keep it</button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

/** Return whether the list has a booking: what is booked or held, and what somebody else has cancelled. */
function isShown({ status, movedTo, releasedBy }: Booking): boolean {
  return (
    status === "CONFIRMED" ||
    status === "AWAITING_PAYMENT" ||
    (status === "CANCELLED" && movedTo === null && releasedBy !== "self")
  );
}

function noteOf({ status, holdExpiresAt, releasedBy, reason, movedFrom, createdBy }: Booking, zone: string): string {
  const who = (role: string | null) => (role === "tutor" ? "the tutor" : "support");
  if (status === "CANCELLED") {
    return `Cancelled by ${who(releasedBy)}${reason ? `: ${reason}` : ""}`;
  }
  if (status === "AWAITING_PAYMENT") {
    const until = holdExpiresAt === null ? "" : ` until ${timeIn(zone, new Date(holdExpiresAt))}`;
    return `Held for you${until}, and not booked yet`;
  }
  return movedFrom !== null && createdBy !== "self" ? `Moved here by ${who(createdBy)}` : "";
}
