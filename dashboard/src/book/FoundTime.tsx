import { Link } from "wouter";
import type { FoundSlot } from "slotledger-client";
import { linkTo } from "../links";
import { t } from "../texts";
import { dateIn, dayAndMonth, placeOf, unambiguousTimeIn } from "../time";
import type { FindProps } from "./Find";
import { TakenTime } from "./TakenTime";
import { queryOf } from "./search";
import { briefStart, isElsewhere, labelOf, slotName, startThere, whereName } from "./labels";

type FoundTimeProps = FindProps & { slot: FoundSlot };

/** Return whether two slots are the same slot of a tutor. */
export function isSame(one: FoundSlot, other: FoundSlot): boolean {
  return one.tutorId === other.tutorId && Date.parse(one.startsAt) === Date.parse(other.startsAt);
}

/** The first time that is free. */
export function First({ intro, ...props }: FoundTimeProps & { intro: string }) {
  const { slot, zone, today } = props;
  const { tutorName, durationMinutes, startsAt, timeZone } = slot;
  if (isRefused(props)) {
    return <TakenTime {...props} tutorName={tutorName} />;
  }
  const start = briefStart(slot, zone, today);
  const day = dayAndMonth(dateIn(zone, new Date(startsAt)), today);
  return (
    <div className="first">
      <div>
        <span className="note">{intro}</span>
        <strong>
          <TutorLink {...props}>{t.book.withTutor(start, tutorName)}</TutorLink>
        </strong>
        <span className="note">
          {[...(start.startsWith(day) ? [] : [day]), t.book.minutes(durationMinutes)].join(", ")}.{" "}
          {isElsewhere(slot, zone) && t.book.forTutor(tutorName, placeOf(timeZone), startThere(slot, zone, today))}
        </span>
      </div>
      <HoldButton {...props} isFirst />
    </div>
  );
}

/** Another time that is free, in the list of its day. */
export function Row(props: FoundTimeProps) {
  const { slot, zone, today } = props;
  if (isRefused(props)) {
    return (
      <li className="refusal">
        <TakenTime {...props} tutorName={slot.tutorName} />
      </li>
    );
  }
  const details = [t.book.minutes(slot.durationMinutes), whereName(slot, zone, today)];
  return (
    <li>
      <span>
        <TutorLink {...props}>{t.book.withTutor(unambiguousTimeIn(zone, new Date(slot.startsAt)), slot.tutorName)}</TutorLink>
        <span className="note">{details.filter(Boolean).join(" · ")}</span>
      </span>
      <HoldButton {...props} />
    </li>
  );
}

/** A link to the tutor's page, at the day of a slot. */
function TutorLink({ slot, place, zone, children }: FoundTimeProps & { children: string }) {
  const date = dateIn(zone, new Date(slot.startsAt));
  return <Link href={linkTo("book", undefined, queryOf({ ...place, tutorId: slot.tutorId, date }))}>{children}</Link>;
}

/** A button that holds a slot, or shows each date if it is to be repeated. Visitors don't have it. */
function HoldButton(props: FoundTimeProps & { isFirst?: boolean }) {
  const { slot, zone, today, isStudent, place, go, booker, onPlaced, isFirst = false } = props;
  if (!isStudent) {
    return null;
  }
  const text = place.repeat ? t.book.seeDates : isFirst ? t.book.holdForMe : t.book.hold;
  return (
    <button
      className={isFirst ? "primary big" : undefined}
      aria-label={labelOf(text, slotName(slot, zone, today))}
      aria-disabled={booker.isBusy}
      onClick={async () => {
        if (place.repeat) {
          go({ tutorId: slot.tutorId, at: slot.startsAt }, true);
          return;
        }
        const booking = await booker.place({ slot, repeat: null });
        if (booking) {
          onPlaced(booking);
        }
      }}
    >
      {text}
    </button>
  );
}

function isRefused({ slot, booker: { outcome } }: FoundTimeProps): boolean {
  return outcome.refusal !== undefined && isSame(slot, outcome.refusal.slot);
}
