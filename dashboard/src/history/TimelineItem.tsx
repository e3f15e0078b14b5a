import { useId } from "react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { BookingEvent, SettingsEvent } from "slotledger-client";
import { authorName, shortId } from "../labels";
import type { UserIds } from "../labels";
import { linkWith } from "../links";
import { t } from "../texts";
import { dateIn, dateTimeIn, isSameZone, shortDate, timeIn, viewersZone, zoneName } from "../time";
import { countChanges } from "./changeSets";
import type { ChangeSet } from "./changeSets";
import { localIn } from "./instants";
import { Chips } from "./Chips";
import type { Item } from "./timeline";

interface ItemProps {
  item: Item;
  zone: string;
  users: UserIds;
  tutorId: string;
  /** The address of the week as it was just before. */
  then: string | undefined;
  onUndo: (changeSet: ChangeSet) => void;
}

/** One thing that happened: when, who, what and why. */
export function TimelineItem({ item, zone, users, tutorId, then, onUndo }: ItemProps) {
  const id = useId();
  const instant = new Date(item.at);
  const { dot, body } = contentsOf(item, zone, users, tutorId);
  return (
    <li className={dot}>
      <time dateTime={item.at} title={dateTimeIn(zone, instant)}>
        {timeIn(zone, instant)}
      </time>
      <i className="dot" />
      <div>
        <div id={id} tabIndex={-1} className="what">
          {body}
        </div>
        <ViewersTime instant={instant} zone={zone} />
        {item.kind === "edit" && <Details changeSet={item.changeSet} />}
      </div>
      <div className="do">
        {then && (
          <Link href={then} className="button quiet" aria-describedby={id}>
            {t.history.then}
          </Link>
        )}
        {item.kind === "edit" && (
          <button className="quiet" aria-describedby={id} onClick={() => onUndo(item.changeSet)}>
            {t.history.undo}
          </button>
        )}
      </div>
    </li>
  );
}

function contentsOf(item: Item, zone: string, users: UserIds, tutorId: string): { dot: string; body: ReactNode } {
  switch (item.kind) {
    case "edit":
      return editContents(item.changeSet, zone, users, tutorId);
    case "booking":
      return { dot: HOLLOW.includes(item.event.event) ? "booked hollow" : "booked", body: <BookingText {...{ zone, users, tutorId }} event={item.event} /> };
    case "setting":
      return { dot: "hollow", body: <SettingText users={users} event={item.event} /> };
  }
}

const HOLLOW: readonly BookingEvent["event"][] = ["HELD", "EXPIRED", "CANCELLED", "MOVED"];

function editContents(changeSet: ChangeSet, zone: string, users: UserIds, tutorId: string): { dot: string; body: ReactNode } {
  const { changedBy, reason, notes, source, changes } = changeSet;
  const { added, removed } = countChanges(changes);
  const special = { schedule: t.history.usualWeek, external: t.history.otherProgram, import: t.history.anImport }[reason as string];
  const isYou = special === undefined && changedBy !== null && changedBy === users.viewer;
  const isTold = special !== undefined || reason === "tutor_edit" || reason === "admin_action";
  const isExact = source !== "reconstructed" && reason !== "external";
  return {
    dot: !isExact ? "external" : added > 0 ? "added" : "removed",
    body: (
      <>
        <p>
          <b>{capitalized(special ?? authorName(changedBy, users))}</b> {t.history.edited(isYou, added, removed)}
          {!isTold && <span className="why-text"> · {t.reasons[reason]}</span>}
          {notes !== null && <span className="why-text notes"> “{notes}”</span>}
        </p>
        <Chips {...{ changes, zone, tutorId }} />
        {source === "deferred" && <p className="source">{t.history.sources.deferred}</p>}
        {!isExact && (
          <p className="source">
            <span className="chip warn">{t.history.sources.notCertain}</span> {reason === "external" ? t.history.sources.external : t.history.sources.reconstructed}
          </p>
        )}
      </>
    ),
  };
}

/** What happened to a booking. If somebody else did it, it says whose booking it is. */
function BookingText({ event, zone, users, tutorId }: { event: BookingEvent; zone: string; users: UserIds; tutorId: string }) {
  const { event: kind, by, studentId, studentName, startsAt, reason } = event;
  const start = new Date(startsAt);
  const student = studentName ?? t.authors.user(shortId(studentId));
  const isOther = by !== null && by !== studentId;
  const isYou = by !== null && by === users.viewer;
  return (
    <>
      <p>
        <b>{capitalized(isOther ? authorName(by, users) : student)}</b> {t.history.events[kind](isOther && isYou, isOther ? student : undefined)}
        {reason !== null && <span className="why-text notes"> “{reason}”</span>}
      </p>
      <ul className="chips">
        <li>
          <Link className={kind === "PLACED" || kind === "CONFIRMED" || kind === "HELD" ? "chip booked" : "chip"} href={linkWith("why", { tutor: tutorId, at: localIn(zone, start).slice(0, 16) })}>
            {shortDate(dateIn(zone, start))} {timeIn(zone, start)}
            <span className="hidden">, {t.why.title}</span>
          </Link>
        </li>
      </ul>
    </>
  );
}

function SettingText({ event: { field, by, before, after }, users }: { event: SettingsEvent; users: UserIds }) {
  const name = (t.history.settings as Record<string, string>)[field] ?? field;
  const isPlain = [before, after].every((value) => value === null || typeof value !== "object");
  const isYou = by !== null && by === users.viewer;
  return (
    <p>
      <b>{capitalized(authorName(by, users))}</b> {t.history.changed(isYou, name)}
      {isPlain && <span className="why-text">{` ${String(before ?? "–")} → ${String(after ?? "–")}`}</span>}
    </p>
  );
}

/** The time in the viewer's time zone, if it differs from the time in the tutor's time zone. */
function ViewersTime({ instant, zone }: { instant: Date; zone: string }) {
  const viewers = viewersZone();
  if (isSameZone(viewers, zone)) {
    return null;
  }
  const date = dateIn(viewers, instant);
  return (
    <p className="viewers-time">
      {date !== dateIn(zone, instant) && `${shortDate(date)}, `}
      {timeIn(viewers, instant)} {zoneName(viewers)}
    </p>
  );
}

function Details({ changeSet }: { changeSet: ChangeSet }) {
  return (
    <details className="details">
      <summary>{t.history.details}</summary>
      <dl>
        <dt>{t.history.changeSet}</dt>
        <dd>{changeSet.id}</dd>
        <dt>{t.history.user}</dt>
        <dd>{changeSet.changedBy ?? t.authors.unknown}</dd>
        <dt>{t.history.time}</dt>
        <dd>{changeSet.changedAt}</dd>
      </dl>
    </details>
  );
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
