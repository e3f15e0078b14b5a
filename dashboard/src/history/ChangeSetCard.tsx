import { useId } from "react";
import { timeIn, dateIn, shortDate, viewersZone, dateTimeIn, zoneName } from "../time";
import { authorName } from "../labels";
import type { UserIds } from "../labels";
import { t } from "../texts";
import { Changes } from "./Changes";
import { SOURCES } from "./labels";
import type { ChangeSet } from "./changeSets";

/** A change set in the history: when, who, why and which slots. Its buttons open dialogs to look back and to undo. */
export function ChangeSetCard({
  changeSet,
  zone,
  users,
  onLookBack,
  onUndo,
}: {
  changeSet: ChangeSet;
  zone: string;
  users: UserIds;
  onLookBack: () => void;
  onUndo: () => void;
}) {
  const id = useId();
  const { changedAt, changedBy, reason, notes, source, changes } = changeSet;
  return (
    <li className={source === "recorded" ? "card" : "card not-recorded"}>
      <h3 id={id} tabIndex={-1}>
        <time dateTime={changedAt}>{dateTimeIn(zone, new Date(changedAt))}</time>
        <ViewersTime instant={new Date(changedAt)} zone={zone} />
      </h3>
      <p>
        <span className="reason">{t.reasons[reason]}</span>
        {reason !== "external" && reason !== "import" && ` by ${authorName(changedBy, users)}`}
      </p>
      {notes !== null && <p className="notes">“{notes}”</p>}
      <Changes changes={changes} zone={zone} />
      <Source source={source} reason={reason} />
      <div className="buttons">
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
          <dt>Time</dt>
          <dd>{changedAt}</dd>
        </dl>
      </details>
    </li>
  );
}

/** A note about how the change set reached the history, unless an edit wrote it at once. */
function Source({ source, reason }: Pick<ChangeSet, "source" | "reason">) {
  const text = reason === "external" ? "Found at this time. Nobody knows when it was changed, and by whom." : SOURCES[source];
  return text && <p className="source">{text}</p>;
}

/** The time in the viewer's time zone, if it differs from the time in the tutor's time zone. */
function ViewersTime({ instant, zone }: { instant: Date; zone: string }) {
  const viewers = viewersZone();
  if (dateTimeIn(viewers, instant) === dateTimeIn(zone, instant)) {
    return null;
  }
  const date = dateIn(viewers, instant);
  const isOtherDay = date !== dateIn(zone, instant);
  return (
    <span className="viewers-time">
      {isOtherDay && `${shortDate(date)}, `}
      {timeIn(viewers, instant)} {zoneName(viewers)}
    </span>
  );
}
