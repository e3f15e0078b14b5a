import { Link } from "wouter";
import type { Change } from "slotledger-client";
import { dateAt, slotName, spanOf, timeAt } from "../clock";
import { linkWith } from "../links";
import { t } from "../texts";
import { shortDate } from "../time";
import { changesByDate } from "./changeSets";

const MAX_CHIPS = 6;

interface ChipsProps {
  changes: readonly Change[];
  zone: string;
  tutorId: string;
}

/** The slots of an edit. A press on one asks why it is as it is. If there are many, they are folded. */
export function Chips({ changes, zone, tutorId }: ChipsProps) {
  const days = changesByDate(changes);
  const chips = (
    <ul className="chips">
      {days.flatMap(([date, ofDay]) =>
        ofDay.map((change) => <Chip key={`${date} ${change.time} ${change.action}`} {...{ date, change, zone, tutorId }} />),
      )}
    </ul>
  );
  if (changes.length <= MAX_CHIPS) {
    return chips;
  }
  const [first, last] = [days[0]![0], days.at(-1)![0]];
  return (
    <details className="folded">
      <summary>
        {t.history.times(changes.length)}, {first === last ? shortDate(first) : `${shortDate(first)} – ${shortDate(last)}`}
      </summary>
      {chips}
    </details>
  );
}

function Chip({ date, change, zone, tutorId }: { date: string; change: Change } & Omit<ChipsProps, "changes">) {
  const isAdded = change.action === "ADDED";
  const start = spanOf(date, { ...change, timeZone: change.timeZone ?? zone })[0];
  return (
    <li>
      <Link
        className={isAdded ? "chip free" : "chip gone"}
        href={linkWith("why", { tutor: tutorId, at: `${dateAt(zone, start)}T${timeAt(zone, start)}` })}
      >
        <span className="hidden">{isAdded ? t.history.added : t.history.removed} </span>
        <span className={isAdded ? undefined : "struck"}>
          {shortDate(date)} {slotName(zone, date, change)}
        </span>
        <span className="hidden">, {t.why.title}</span>
      </Link>
    </li>
  );
}
