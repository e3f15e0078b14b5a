import { useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { Api, Booking } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { stageOf } from "../booking/holds";
import { useIsUsed } from "../focus";
import { linkTo } from "../links";
import type { BookViewer, PageTutor } from "../people";
import { dateIn } from "../time";
import { useZone } from "../zone";
import { Booked } from "./Booked";
import { useServerNow } from "./Countdown";
import { Find } from "./Find";
import { HeldElsewhere } from "./HeldElsewhere";
import { TutorPage } from "./TutorPage";
import { placeOf, queryOf } from "./search";
import type { Place } from "./search";
import { useBooking } from "./useBooking";
import type { Booker } from "./useBooking";
import "./book.css";

interface BookViewProps extends BookViewer {
  api: Api;
  /** The query of the address. */
  query: string;
  /** The tutor whose times are shown if the address has none; null for those of all tutors. */
  tutorId: string | null;
  tutor: PageTutor;
  /** The subjects and the tutors to choose from. */
  tags: readonly string[];
  tutors: readonly { tutorId: string; name: string }[];
  /** Whether all tutors can be searched. */
  hasSearch: boolean;
  isSignedIn: boolean;
}

/** What all parts of the booker get. */
export interface BookProps extends Omit<BookViewProps, "query" | "tutorId" | "isKnown" | "unknown"> {
  zone: string;
  /** The date in the viewer's zone. */
  today: string;
  place: Place;
  /** Change the address. A step is a new entry of the browser's history, so that Back leads out of it. */
  go: (part: Partial<Place>, isStep?: boolean) => void;
  booker: Booker;
}

/** Find a lesson, hold it and confirm it: of all tutors or of one. The address says which step is open. */
export default function BookView({ query, tutorId, isKnown, unknown, ...props }: BookViewProps) {
  const { api, isStudent, hasSearch } = props;
  const zone = useZone();
  const { place, go } = usePlace(query, tutorId, hasSearch);
  const booker = useBooking(api, isStudent, open);
  const booking = booker.bookings.find(({ bookingId }) => bookingId === place.bookingId);
  const now = useServerNow(); // a hold runs out while nothing else happens
  const stage = booking && stageOf(booking, now);
  const view = useRef<HTMLDivElement>(null);
  const isUsed = useIsUsed(view);
  const step = [place.tutorId, place.date, booking?.bookingId, stage, place.at].join();
  const earlier = useRef({ step, refusal: booker.outcome.refusal, isFocusLost: false, focused: null as HTMLElement | null });
  useEffect(() => {
    // If the button with the focus was removed from the page, move the focus to what took its place, as soon as that is
    // there. Leave a viewer in peace who reads something else on a page that has the booker in it.
    const { refusal } = booker.outcome;
    const isOther = step !== earlier.current.step || (refusal !== undefined && refusal !== earlier.current.refusal);
    const isGone = earlier.current.focused?.isConnected === false; // what had the focus was there only for a moment
    const isFocusLost = (isOther || isGone || earlier.current.isFocusLost) && isUsed.current && document.activeElement === document.body;
    const places = [".refused", "[data-focus]"].map((each) => view.current!.querySelector<HTMLElement>(each));
    const target = isFocusLost ? places.find((each) => each !== null) : undefined;
    target?.focus();
    earlier.current = { step, refusal, isFocusLost: isFocusLost && !target, focused: target ?? (isOther || isGone ? null : earlier.current.focused) };
  });

  /** Show a booking that was placed. */
  function open({ tutorId, bookingId }: Booking) {
    go({ tutorId, bookingId, at: null }, true);
  }

  const common: BookProps = { ...props, zone, today: dateIn(zone, new Date()), place, go, booker };
  return (
    <div ref={view} className="booker" hidden={!isKnown}>
      {unknown && <ErrorMessage {...unknown} />}
      {place.tutorId === null ? (
        <Find {...common} onPlaced={open} />
      ) : booking && stage === "booked" ? (
        <Booked {...common} booking={booking} />
      ) : (
        <TutorPage
          {...common}
          tutorId={place.tutorId}
          booking={stage === "held" || stage === "ran out" ? booking : undefined}
          onPlaced={open}
        />
      )}
      <HeldElsewhere {...{ booker, zone, today: common.today }} openId={place.bookingId} onOpen={open} />
    </div>
  );
}

/** Return what the address names, and a function that changes it. */
function usePlace(query: string, tutorId: string | null, hasSearch: boolean) {
  const [, navigate] = useLocation();
  const addressed = { ...placeOf(query), tutorId: placeOf(query).tutorId ?? tutorId };
  const [place, setPlace] = useState(addressed);
  useEffect(() => setPlace(addressed), [query, tutorId]); // the viewer has followed a link, or gone back
  return {
    place,
    go(part: Partial<Place>, isStep = false) {
      const next = { ...place, ...part };
      if (!hasSearch) {
        next.tutorId ??= tutorId; // there is nothing to find beside this tutor's times
      }
      setPlace(next); // at once, because the address changes a moment later
      navigate(linkTo("book", undefined, queryOf(next)), { replace: !isStep });
    },
  };
}
