import { useState } from "react";
import type { Api } from "slotledger-client";
import { Dialog } from "../Dialog";
import { addDays, dateIn, mondayOf, dateTimeIn } from "../time";
import { InstantForm } from "./InstantForm";
import { ThenAndNow } from "./ThenAndNow";
import { justBefore, pastQueryOf } from "./instants";
import type { ChangeSet } from "./changeSets";
import type { PastQuery } from "./instants";

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * A dialog that shows days as they were at an instant, beside the same days as they are now. The instant is just before
 * or after a change set, or the user chooses it.
 */
export function LookBack({
  api,
  tutorId,
  zone,
  changeSet,
  onClosed,
}: {
  api: Api;
  tutorId: string;
  zone: string;
  /** Without a change set, the dialog first shows the form in which the user chooses the instant. */
  changeSet?: ChangeSet;
  onClosed: () => void;
}) {
  const [before, after] = changeSet ? aroundChangeSet(changeSet) : [];
  const [query, setQuery] = useState<PastQuery | undefined>(before);
  const start = query ?? oneDayAgo(zone);
  return (
    <Dialog title="Then and now" onClose={onClosed}>
      {before && after && (
        <div className="choice" role="group" aria-label="When">
          <button aria-pressed={query?.at === before.at} onClick={() => setQuery(before)}>
            Before this edit
          </button>
          <button aria-pressed={query?.at === after.at} onClick={() => setQuery(after)}>
            After this edit
          </button>
        </div>
      )}
      <details open={!changeSet}>
        <summary>{changeSet ? "Another time or other days" : "Time and days"}</summary>
        <InstantForm zone={zone} start={start} onQuery={setQuery} />
      </details>
      <div className="result" aria-live="polite">
        {query && (
          <ThenAndNow
            api={api}
            tutorId={tutorId}
            query={query}
            when={
              changeSet && query.at === before?.at
                ? `Just before ${dateTimeIn(zone, new Date(changeSet.changedAt))}`
                : dateTimeIn(zone, new Date(query.at))
            }
          />
        )}
      </div>
      <div className="buttons">
        <button onClick={onClosed}>Close</button>
      </div>
    </Dialog>
  );
}

function aroundChangeSet({ changedAt, changes }: ChangeSet): [before: PastQuery, after: PastQuery] {
  const days = changes.map(({ date }) => date);
  return [pastQueryOf(justBefore(changedAt), days), pastQueryOf(changedAt, days)];
}

/** Return the first values of the form: the days of this week as they were a day ago. */
function oneDayAgo(zone: string): PastQuery {
  const now = new Date();
  const monday = mondayOf(dateIn(zone, now));
  return { at: new Date(now.getTime() - DAY_MS).toISOString(), from: monday, to: addDays(monday, 6) };
}
