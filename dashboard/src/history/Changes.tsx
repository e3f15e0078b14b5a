import { slotName } from "../clock";
import { longDate, shortDate } from "../time";
import { counted } from "../labels";
import { byDate, counts } from "./changeSets";
import { countsInWords } from "../undoing";
import type { Change } from "slotledger-client";

const MOST_DAYS_AT_A_GLANCE = 4;
const MOST_SLOTS_AT_A_GLANCE = 16;

/** What was added and removed, by date; a long list says how long it is, and opens. */
export function Changes({ changes, zone }: { changes: readonly Change[]; zone: string }) {
  const days = byDate(changes);
  const list = (
    <ul className="changes">
      {days.map(([date, ofDay]) => (
        <li key={date}>
          <time dateTime={date} title={longDate(date)}>
            {shortDate(date)}
          </time>
          <ul>
            {ofDay.map((change) => (
              <ChangedSlot key={`${change.time} ${change.action}`} change={change} zone={zone} />
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
  if (days.length <= MOST_DAYS_AT_A_GLANCE && changes.length <= MOST_SLOTS_AT_A_GLANCE) {
    return list;
  }
  const [first, last] = [days[0]![0], days.at(-1)![0]];
  return (
    <details>
      <summary>
        {counted(days.length, "day")}, {first === last ? shortDate(first) : `${shortDate(first)} – ${shortDate(last)}`}:{" "}
        {countsInWords(counts(changes))}
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
      <span className="hidden">{isAdded ? "added" : "removed"} </span>
      {slotName(zone, change.date, change)}
    </li>
  );
}
