import { useId } from "react";
import { clockIn, dateIn, shortDate, viewersZone, whenIn, zoneName } from "../time";
import { REASONS, whoMade } from "../labels";
import type { Known } from "../labels";
import { Changes } from "./Changes";
import { SOURCES } from "./labels";
import type { ChangeSet } from "./changeSets";

/** One change set of the timeline: when, who, why and what; and what can be done about it. */
export function ChangeSetCard({
  changeSet,
  zone,
  known,
  onLookBack,
  onUndo,
}: {
  changeSet: ChangeSet;
  zone: string;
  known: Known;
  onLookBack: () => void;
  onUndo: () => void;
}) {
  const id = useId();
  const { changedAt, changedBy, reason, notes, source, changes } = changeSet;
  return (
    <li className={source === "recorded" ? "card" : "card late"}>
      <h3 id={id} tabIndex={-1}>
        <time dateTime={changedAt}>{whenIn(zone, new Date(changedAt))}</time>
        <ViewersTime instant={new Date(changedAt)} zone={zone} />
      </h3>
      <p>
        <span className="reason">{REASONS[reason]}</span> by {whoMade(changedBy, known)}
      </p>
      {notes !== null && <p className="notes">“{notes}”</p>}
      <Changes changes={changes} zone={zone} />
      {SOURCES[source] && <p className="source">{SOURCES[source]}</p>}
      <div className="below">
        <button aria-describedby={id} onClick={onLookBack}>
          As it was …
        </button>
        <button aria-describedby={id} onClick={onUndo}>
          Undo …
        </button>
      </div>
      <details className="details">
        <summary>Details</summary>
        <dl>
          <dt>Change set</dt>
          <dd>{changeSet.id}</dd>
          <dt>User</dt>
          <dd>{changedBy ?? "unknown"}</dd>
          <dt>Instant</dt>
          <dd>{changedAt}</dd>
        </dl>
      </details>
    </li>
  );
}

/** The same instant where the viewer is, unless the clock shows the same there. */
function ViewersTime({ instant, zone }: { instant: Date; zone: string }) {
  const viewers = viewersZone();
  if (whenIn(viewers, instant) === whenIn(zone, instant)) {
    return null;
  }
  const date = dateIn(viewers, instant);
  const isOtherDay = date !== dateIn(zone, instant);
  return (
    <span className="viewers">
      {isOtherDay && `${shortDate(date)}, `}
      {clockIn(viewers, instant)} {zoneName(viewers)}
    </span>
  );
}
