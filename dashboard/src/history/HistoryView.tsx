import { useEffect, useRef, useState } from "react";
import type { Api } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { focusHeading } from "../focus";
import { plural } from "../labels";
import type { UserIds } from "../labels";
import { dateIn, isSameZone, viewersZone, zoneName } from "../time";
import { useAnswer } from "../useAnswer";
import { ChangeSetCard } from "./ChangeSetCard";
import { CsvButton, CsvError } from "./CsvButton";
import { DEFAULT_FILTER, Filters, hasFilter } from "./Filters";
import { LookBack } from "./LookBack";
import { RevertDialog } from "./RevertDialog";
import { completeChangeSets } from "./changeSets";
import type { ChangeSet } from "./changeSets";
import { useHistory } from "./useHistory";
import type { Filter } from "./useHistory";
import "./history.css";

type OpenDialog = { kind: "look back"; changeSet?: ChangeSet } | { kind: "undo"; changeSet: ChangeSet };

/** The history: who changed which slots of a tutor, when and why, newest first. The viewer can undo edits. */
export default function HistoryView({ api, tutorId, users }: { api: Api; tutorId: string; users: UserIds }) {
  const [filter, setFilter] = useState(DEFAULT_FILTER);
  const [dialog, setDialog] = useState<OpenDialog>();
  const [message, setMessage] = useState("");
  const [csvError, setCsvError] = useState<Error>();
  const history = useHistory(api, tutorId, filter);
  // Read today's availability, because its answer has the tutor's time zone.
  const today = dateIn(viewersZone(), new Date());
  const { answer, ...zoneRequest } = useAnswer("zone", [tutorId], (signal) =>
    api.availability.getAvailability(tutorId, today, today, { signal }),
  );
  const zone = answer?.timeZone;
  const changeSets = history.pages && completeChangeSets(history.pages);
  const list = useRef<HTMLOListElement>(null);
  const cardToFocus = useRef<number>(undefined);

  useEffect(() => {
    // Move the focus to the first new card: the "Show more" button, which had the focus, may be gone.
    if (cardToFocus.current !== undefined && !history.isLoading) {
      list.current?.children[cardToFocus.current]?.querySelector("h3")?.focus();
      cardToFocus.current = undefined;
    }
  }, [history.isLoading]);

  const close = () => setDialog(undefined);
  return (
    <section className="history" aria-labelledby="history" aria-busy={history.isLoading || zoneRequest.isLoading}>
      <div className="bar">
        <h2 id="history">History</h2>
        <div className="buttons">
          <button disabled={zone === undefined} onClick={() => setDialog({ kind: "look back" })}>
            As it was at …
          </button>
          <CsvButton api={api} tutorId={tutorId} filter={filter} zone={zone} onError={setCsvError} />
        </div>
      </div>
      <p className="small">{zone && zonesText(zone)}</p>
      <Filters
        filter={filter}
        onFilter={(chosen) => {
          setMessage("");
          setCsvError(undefined);
          setFilter(chosen);
        }}
      />
      {csvError && <CsvError error={csvError} />}
      {history.error && <ErrorMessage error={history.error} retry={history.retry} />}
      {!history.error && zoneRequest.error && <ErrorMessage error={zoneRequest.error} retry={zoneRequest.reload} />}
      <div className="messages">
        <p role="status">{message}</p>
        <p role="status" className="small">
          {history.isLoading && "Loading the history …"}
          {!history.isLoading && changeSets && zone && (
            <>
              {summary(changeSets.length, history.pages!.nextCursor !== null, filter)}
              {changeSets.length > 0 &&
                hasFilter(filter) &&
                " Each shows only the slots that match the filter, but “Undo” reverts all slots of the edit."}
            </>
          )}
        </p>
      </div>
      {history.pages && zone && !history.pages.complete && (
        <Incomplete missing={history.pages.missingVersions} days={filter.days} reload={history.reload} />
      )}
      <ol className="timeline" ref={list}>
        {zone &&
          changeSets?.map((changeSet) => (
            <ChangeSetCard
              key={changeSet.id}
              changeSet={changeSet}
              zone={zone}
              users={users}
              onLookBack={() => setDialog({ kind: "look back", changeSet })}
              onUndo={() => setDialog({ kind: "undo", changeSet })}
            />
          ))}
      </ol>
      {zone && history.pages && history.pages.nextCursor !== null && (
        <button
          aria-disabled={history.isLoading}
          onClick={() => {
            if (!history.isLoading) {
              cardToFocus.current = changeSets!.length;
              history.loadMore();
            }
          }}
        >
          Show more
        </button>
      )}
      {zone && dialog?.kind === "look back" && (
        <LookBack api={api} tutorId={tutorId} zone={zone} changeSet={dialog.changeSet} onClosed={close} />
      )}
      {zone && dialog?.kind === "undo" && (
        <RevertDialog
          api={api}
          tutorId={tutorId}
          zone={zone}
          changeSet={dialog.changeSet}
          onMessage={(text) => {
            setMessage(text);
            history.reload();
          }}
          onClosed={close}
        />
      )}
    </section>
  );
}

function zonesText(zone: string): string {
  const viewers = viewersZone();
  const yours = isSameZone(zone, viewers) ? "" : ` Yours (${zoneName(viewers)}) are beside them where they differ.`;
  return `Times without a zone are ${zoneName(zone)}, the tutor's.${yours}`;
}

function summary(number: number, hasMore: boolean, filter: Filter): string {
  const { days } = filter;
  if (number === 0) {
    return `No edits in the last ${days} days${hasFilter(filter) ? " match the filter" : ""}.`;
  }
  const edits = hasMore ? `The newest ${plural(number, "edit")}` : plural(number, "edit");
  return `${edits} of the last ${days} days.`;
}

/** A notice that edits are missing from the history. */
function Incomplete({ missing, days, reload }: { missing: number; days: number; reload: () => void }) {
  return (
    <div className="notice">
      <p>
        <strong>This history isn't complete.</strong> {plural(missing, "edit")} of the last {days} days{" "}
        {missing === 1 ? "is" : "are"} missing. The slots are saved. A repair that runs every few minutes adds the
        missing edits.
      </p>
      <button
        onClick={(event) => {
          focusHeading(event.currentTarget);
          reload();
        }}
      >
        Reload
      </button>
    </div>
  );
}
