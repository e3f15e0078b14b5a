import { slotName } from "../clock";
import { longDate, shortDate } from "../time";
import { t } from "../texts";
import { changesByDate, countChanges } from "./changeSets";
import { countsText } from "../reverts";
import type { Change } from "slotledger-client";

const MAX_OPEN_DAYS = 4;
const MAX_OPEN_SLOTS = 16;

/** The slots that were added and removed, by date. If there are many, only a summary is shown until it is opened. */
export function Changes({ changes, zone }: { changes: readonly Change[]; zone: string }) {
  const days = changesByDate(changes);
  const list = (
    <ul className="changes">
      {days.map(([date, dayChanges]) => (
        <li key={date}>
          <time dateTime={date} title={longDate(date)}>
            {shortDate(date)}
          </time>
          <ul>
            {dayChanges.map((change) => (
              <ChangedSlot key={`${change.time} ${change.action}`} change={change} zone={zone} />
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
  if (days.length <= MAX_OPEN_DAYS && changes.length <= MAX_OPEN_SLOTS) {
    return list;
  }
  const [first, last] = [days[0]![0], days.at(-1)![0]];
  return (
    <details>
      <summary>
        {t.history.days(days.length)}, {first === last ? shortDate(first) : `${shortDate(first)} – ${shortDate(last)}`}:{" "}
        {countsText(countChanges(changes))}
      </summary>
      {list}
    </details>
  );
}

function ChangedSlot({ change, zone }: { change: Change; zone: string }) {
  const isAdded = change.action === "ADDED";
  return (
    <li className={isAdded ? "added" : "removed"}>
      <span aria-hidden="true">{isAdded ? "+" : "−"} </span>
      <span className="hidden">{isAdded ? t.history.added : t.history.removed} </span>
      {slotName(zone, change.date, change)}
    </li>
  );
}
