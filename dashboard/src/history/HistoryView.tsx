import { useEffect, useRef, useState } from "react";
import type { Api } from "slotledger-client";
import { Trouble } from "../Trouble";
import { leaveToHeading } from "../focus";
import { counted } from "../labels";
import type { Known } from "../labels";
import { dateIn, isSameZone, viewersZone, zoneName } from "../time";
import { useRequest } from "../useRequest";
import { ChangeSetCard } from "./ChangeSetCard";
import { CsvButton, CsvTrouble } from "./CsvButton";
import { EVERYTHING, Filters, hasFilter } from "./Filters";
import { LookBack } from "./LookBack";
import { RevertDialog } from "./RevertDialog";
import { wholeChangeSets } from "./changeSets";
import type { ChangeSet } from "./changeSets";
import { useHistory } from "./useHistory";
import type { Filter } from "./useHistory";
import "./history.css";

type Opened = { kind: "look back"; changeSet?: ChangeSet } | { kind: "undo"; changeSet: ChangeSet };

/** Who changed what, when and why, a change set at a time; how it was before, and a way back. */
export default function HistoryView({ api, tutorId, known }: { api: Api; tutorId: string; known: Known }) {
  const [filter, setFilter] = useState(EVERYTHING);
  const [opened, setOpened] = useState<Opened>();
  const [told, setTold] = useState("");
  const [csvError, setCsvError] = useState<Error>();
  const history = useHistory(api, tutorId, filter);
  // The zone is told with availability; today's is as good as any.
  const today = dateIn(viewersZone(), new Date());
  const { answer: now, ...asked } = useRequest(tutorId, (signal) =>
    api.availability.getAvailability(tutorId, today, today, { signal }),
  );
  const zone = now?.timeZone;
  const changeSets = history.pages && wholeChangeSets(history.pages);
  const list = useRef<HTMLOListElement>(null);
  const goTo = useRef<number>(undefined);

  useEffect(() => {
    // What was asked for is gone to: the button that did it may be gone.
    if (goTo.current !== undefined && !history.isLoading) {
      list.current?.children[goTo.current]?.querySelector("h3")?.focus();
      goTo.current = undefined;
    }
  }, [history.isLoading]);

  const close = () => setOpened(undefined);
  return (
    <section className="history" aria-labelledby="history" aria-busy={history.isLoading || asked.isLoading}>
      <div className="bar">
        <h2 id="history">History</h2>
        <div className="below">
          <button disabled={zone === undefined} onClick={() => setOpened({ kind: "look back" })}>
            As it was at …
          </button>
          <CsvButton api={api} tutorId={tutorId} filter={filter} zone={zone} onTrouble={setCsvError} />
        </div>
      </div>
      <p className="small">{zone && zonesInWords(zone)}</p>
      <Filters
        filter={filter}
        onFilter={(chosen) => {
          setTold("");
          setCsvError(undefined);
          setFilter(chosen);
        }}
      />
      {csvError && <CsvTrouble error={csvError} />}
      {history.error && <Trouble error={history.error} again={history.again} />}
      {!history.error && asked.error && <Trouble error={asked.error} again={asked.again} />}
      <div className="said">
        <p role="status">{told}</p>
        <p role="status" className="small">
          {history.isLoading && "Reading the history …"}
          {!history.isLoading && changeSets && zone && (
            <>
              {summary(changeSets.length, history.pages!.nextCursor !== null, filter)}
              {changeSets.length > 0 && hasFilter(filter) && " Of each, only what the filter lets through is shown; undoing undoes all of it."}
            </>
          )}
        </p>
      </div>
      {history.pages && zone && !history.pages.complete && (
        <Incomplete missing={history.pages.missingVersions} days={filter.days} again={history.refresh} />
      )}
      <ol className="timeline" ref={list}>
        {zone &&
          changeSets?.map((changeSet) => (
            <ChangeSetCard
              key={changeSet.id}
              changeSet={changeSet}
              zone={zone}
              known={known}
              onLookBack={() => setOpened({ kind: "look back", changeSet })}
              onUndo={() => setOpened({ kind: "undo", changeSet })}
            />
          ))}
      </ol>
      {zone && history.pages && history.pages.nextCursor !== null && (
        <button
          aria-disabled={history.isLoading}
          onClick={() => {
            if (!history.isLoading) {
              goTo.current = changeSets!.length;
              history.more();
            }
          }}
        >
          Show more
        </button>
      )}
      {zone && opened?.kind === "look back" && (
        <LookBack api={api} tutorId={tutorId} zone={zone} changeSet={opened.changeSet} onClosed={close} />
      )}
      {zone && opened?.kind === "undo" && (
        <RevertDialog
          api={api}
          tutorId={tutorId}
          zone={zone}
          changeSet={opened.changeSet}
          onTold={(words) => {
            setTold(words);
            history.refresh();
          }}
          onClosed={close}
        />
      )}
    </section>
  );
}

function zonesInWords(zone: string): string {
  const viewers = viewersZone();
  const yours = isSameZone(zone, viewers) ? "" : ` Yours, ${zoneName(viewers)}, is beside it where it differs.`;
  return `All times are the tutor's: ${zoneName(zone)}.${yours}`;
}

function summary(number: number, areThereMore: boolean, filter: Filter): string {
  const { days } = filter;
  if (number === 0) {
    return `No ${hasFilter(filter) ? "such change" : "change"} in the last ${days} days.`;
  }
  const shown = areThereMore ? `The newest ${counted(number, "change")}` : counted(number, "change");
  return `${shown} of the last ${days} days.`;
}

/** Says that edits are missing from the history, what that means, and what happens about it. */
function Incomplete({ missing, days, again }: { missing: number; days: number; again: () => void }) {
  return (
    <div className="notice">
      <p>
        <strong>This history isn't complete.</strong> {counted(missing, "edit")} of the last {days} days{" "}
        {missing === 1 ? "is" : "are"} missing. The slots themselves are saved; what was changed comes late, or is worked
        out afterwards: a repair runs every few minutes.
      </p>
      <button
        onClick={(event) => {
          leaveToHeading(event.currentTarget);
          again();
        }}
      >
        Look again
      </button>
    </div>
  );
}
