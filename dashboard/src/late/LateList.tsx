import type { ReactNode } from "react";
import { Link } from "wouter";
import { dateAt, slotName, spanOf } from "../clock";
import { authorName } from "../labels";
import { linkWith } from "../links";
import { t } from "../texts";
import { shortDate } from "../time";
import { gapOf } from "../why/sentence";
import type { Removal } from "./late";

const MAX_ROWS = 200;

interface LateListProps {
  removals: readonly Removal[];
  isLoaded: boolean;
  zone: string;
  viewer: string | null;
  nameOf: (tutorId: string) => string;
  /** Return the user id of a tutor. */
  userOf: (tutorId: string) => string | null;
  /** The title. */
  children: ReactNode;
}

/** Late removals one by one, newest first. */
export function LateList({ removals, isLoaded, zone, viewer, nameOf, userOf, children }: LateListProps) {
  return (
    <section className="card late-list" aria-label={t.late.each}>
      <div className="list-head">
        {children}
        <p role="status" className="small">
          {isLoaded ? t.late.listed(removals.length) : t.loading}
        </p>
      </div>
      {removals.length > 0 && (
        <table>
          <thead>
            <tr>
              {t.late.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {removals.slice(0, MAX_ROWS).map(({ entry, minutesBefore }) => {
              const { id, tutorId, date, startTime: time, durationMinutes, timeZone, changedBy, reason, notes } = entry;
              const start = spanOf(date, { time, durationMinutes, timeZone })[0];
              const when = `${shortDate(date)}, ${slotName(zone, date, { time, durationMinutes, timeZone })}`;
              const gap = gapOf(Math.abs(minutesBefore));
              return (
                <tr key={id}>
                  <td>{nameOf(tutorId)}</td>
                  <td>{when}</td>
                  <td>{minutesBefore >= 0 ? t.late.before(gap) : t.late.after(gap)}</td>
                  <td className="by">
                    {authorName(changedBy, { viewer, tutor: userOf(tutorId) })}, {notes ? `“${notes}”` : t.reasons[reason]}
                  </td>
                  <td>
                    <Link className="button quiet" href={linkWith("why", { tutor: tutorId, at: new Date(start).toISOString() })}>
                      {t.why.title}
                      <span className="hidden">
                        {" "}
                        {nameOf(tutorId)}, {shortDate(dateAt(timeZone, start))} {time}
                      </span>
                    </Link>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {removals.length > MAX_ROWS && <p className="small">{t.late.more(MAX_ROWS, removals.length)}</p>}
    </section>
  );
}
