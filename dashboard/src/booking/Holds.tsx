import { useEffect, useId, useRef, useState } from "react";
import { ErrorMessage } from "../ErrorMessage";
import { whenIn } from "../time";
import { announcement, countdown, lessonName } from "./holds";
import type { Hold } from "./holds";
import type { useHolds } from "./useHolds";

interface HoldsProps {
  holding: ReturnType<typeof useHolds>;
  zone: string;
}

/** The slots that are held for the student, what happened last, and the times that can be booked instead. */
export function Holds({ holding, zone }: HoldsProps) {
  const { holds, outcome } = holding;
  const status = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // If the button with the focus was removed from the page, move the focus to the message.
    if (document.activeElement === document.body && (outcome.message || outcome.error)) {
      status.current!.focus();
    }
  }, [outcome]);
  return (
    <>
      {holds.map((hold) => (
        <HoldPanel key={hold.booking.bookingId} {...{ hold, holding, zone }} />
      ))}
      <div ref={status} tabIndex={-1} className="outcome">
        <div role="status">{outcome.message && <p className="notice">{outcome.message}</p>}</div>
        {outcome.error && !outcome.alternatives && <ErrorMessage error={outcome.error} />}
        {outcome.alternatives && <Alternatives {...{ holding, zone }} />}
      </div>
    </>
  );
}

/** A slot that is held: how long still, and buttons to confirm it or to let it go. When it ran out, it says so. */
function HoldPanel({ hold, holding, zone }: HoldsProps & { hold: Hold }) {
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const leftMs = hold.endsAt - useNow();
  const isOver = leftMs <= 0;
  const { isBusy } = holding;
  useEffect(() => {
    if (hold.isNew) {
      heading.current!.focus();
    }
  }, []);
  return (
    <div className="notice hold" role="group" aria-labelledby={id}>
      <h3 id={id} ref={heading} tabIndex={-1}>
        {isOver ? "Not held any more" : "Held for you"}: {lessonName(zone, hold.booking)}
      </h3>
      {isOver ? (
        <p role="alert">You didn't confirm in time. Others can book this time now. You can still try to book it.</p>
      ) : (
        <>
          <p>
            Nobody else can book this time. Confirm it within{" "}
            <span role="timer" className="countdown">
              {countdown(leftMs)}
            </span>{" "}
            minutes.
          </p>
          <p role="status" className="hidden">
            {announcement(leftMs)}
          </p>
        </>
      )}
      <div className="buttons">
        <button className="primary" aria-disabled={isBusy} onClick={() => void holding.confirm(hold)}>
          {isOver ? "Book it if it is still free" : "Confirm the booking"}
        </button>
        <button aria-disabled={isBusy} onClick={() => (isOver ? holding.dismiss(hold) : void holding.letGo(hold))}>
          {isOver ? "Close" : "Let it go"}
        </button>
      </div>
    </div>
  );
}

/** Why the chosen time can't be booked, and a button for each of the nearest times that can be. */
function Alternatives({ holding: { outcome, isBusy, place }, zone }: HoldsProps) {
  return (
    <div role="alert" className="error">
      <p>
        {outcome.error!.message}{" "}
        {outcome.alternatives!.length > 0 ? "The nearest free times:" : "No other time is free near it."}
      </p>
      <ul className="slots">
        {outcome.alternatives!.map((slot) => (
          <li key={slot.startsAt}>
            <button aria-disabled={isBusy} onClick={() => void place(slot)}>
              {whenIn(zone, slot)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Return the current time in milliseconds, and render again each second. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
