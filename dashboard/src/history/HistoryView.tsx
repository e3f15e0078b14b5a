import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import type { Api } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { focusHeading } from "../focus";
import type { UserIds } from "../labels";
import { t } from "../texts";
import { dateIn, isSameZone, placeOf, viewersZone } from "../time";
import { useAnswer } from "../useAnswer";
import { useQueryState } from "../useQueryState";
import { CsvButton, CsvError } from "./CsvButton";
import { Filters } from "./Filters";
import { PastWeek } from "./PastWeek";
import { RevertDialog } from "./RevertDialog";
import { Timeline } from "./Timeline";
import { filterOf, hasFilter } from "./filter";
import { momentOf } from "./moment";
import { SHOWN, itemsOf } from "./timeline";
import { useHistory } from "./useHistory";
import "./history.css";

interface HistoryViewProps {
  api: Api;
  tutorId: string;
  users: UserIds;
  /** The query of the address: what is shown, the filter, the moment to look back to, and the edit to undo. */
  query: string;
}

/** The history of a tutor: edits and bookings in one timeline, and beside it the week as it was at any moment. */
export default function HistoryView({ api, tutorId, users, query }: HistoryViewProps) {
  const state = useQueryState(query);
  const { params } = state;
  const filter = filterOf(params, Object.keys(t.reasons));
  const shown = SHOWN.find((each) => each === params.get("show")) ?? "all";
  const side = params.get("side") === "week" ? "week" : "timeline";
  const [message, setMessage] = useState("");
  const [isFilterOpen] = useState(hasFilter(filter) || params.has("days")); // from then on, the viewer opens and closes it
  const [csvError, setCsvError] = useState<Error>();
  const history = useHistory(api, tutorId, filter);
  // Read today's availability, because its answer has the tutor's time zone.
  const today = dateIn(viewersZone(), new Date());
  const { answer, ...zoneRequest } = useAnswer("zone", [tutorId], (signal) =>
    api.availability.getAvailability(tutorId, today, today, { signal }),
  );
  const zone = answer?.timeZone;
  const items = history.pages && itemsOf(history.pages, shown, filter);
  const everything = history.pages && itemsOf(history.pages, "all", filter);
  const moment = everything && zone ? momentOf(params, everything, zone, new Date()) : undefined;
  const undone = everything?.find((item) => item.kind === "edit" && item.changeSet.id === params.get("undo"));
  const isLoading = history.isLoading || zoneRequest.isLoading;
  const list = useRef<HTMLDivElement>(null);
  const itemToFocus = useRef<number>(undefined);
  useEffect(() => {
    // Move the focus to the first new item: the button, which had the focus, may be gone.
    if (itemToFocus.current !== undefined && !history.isLoading) {
      list.current?.querySelectorAll<HTMLElement>(".what")[itemToFocus.current]?.focus();
      itemToFocus.current = undefined;
    }
  }, [history.isLoading]);

  return (
    <section className="history" aria-labelledby="history" aria-busy={isLoading} data-side={side}>
      <div className="head">
        <div className="title">
          <h2 id="history">{users.tutorName && users.tutor !== users.viewer ? t.history.of(users.tutorName) : t.views.history}</h2>
          <p className="small">{zone && zonesText(zone)}</p>
        </div>
        <nav className="segments" aria-label={t.history.show}>
          {SHOWN.map((each) => (
            <Link key={each} href={state.linkTo({ show: each === "all" ? undefined : each })} aria-current={each === shown ? "page" : undefined}>
              {t.history.shown[each]}
            </Link>
          ))}
        </nav>
        <CsvButton api={api} tutorId={tutorId} filter={filter} zone={zone} onError={setCsvError} />
      </div>
      <details className="filter" open={isFilterOpen}>
        <summary>{t.history.filter}</summary>
        <Filters
          filter={filter}
          onFilter={(changes) => {
            setMessage("");
            setCsvError(undefined);
            state.change(changes, { replace: true });
          }}
        />
      </details>
      {csvError && <CsvError error={csvError} />}
      {history.error && <ErrorMessage error={history.error} retry={history.retry} />}
      {!history.error && zoneRequest.error && <ErrorMessage error={zoneRequest.error} retry={zoneRequest.reload} />}
      <nav className="segments sides" aria-label={t.history.sides}>
        <Link href={state.linkTo({ side: undefined })} aria-current={side === "timeline" ? "page" : undefined}>
          {t.history.timeline}
        </Link>
        <Link href={state.linkTo({ side: "week" })} aria-current={side === "week" ? "page" : undefined}>
          {t.history.thenAndNow}
        </Link>
      </nav>
      <div className="messages">
        <p role="status">{message}</p>
        <p role="status" className="small">
          {history.isLoading && t.history.loading}
          {!history.isLoading && items && zone && (
            <>
              {items.length === 0
                ? hasFilter(filter)
                  ? t.history.noneMatch(filter.days)
                  : t.history.none(filter.days)
                : t.history.count(items.length, filter.days, history.pages!.nextCursor !== null)}
              {items.length > 0 && hasFilter(filter) && ` ${t.history.filtered}`}
            </>
          )}
        </p>
      </div>
      {history.pages && zone && !history.pages.complete && (
        <div className="notice">
          <p>
            <strong>{t.history.incomplete}</strong> {t.history.missing(history.pages.missingVersions, filter.days)}
          </p>
          <button
            onClick={(event) => {
              focusHeading(event.currentTarget);
              history.reload();
            }}
          >
            {t.history.reload}
          </button>
        </div>
      )}
      <div className="two">
        <div className="timeline" ref={list}>
          {zone && items && <Timeline {...{ items, zone, users, tutorId, moment, state }} onUndo={({ id }) => state.open({ undo: id })} />}
          {zone && history.pages && history.pages.nextCursor !== null && (
            <button
              className="more"
              aria-disabled={history.isLoading}
              onClick={() => {
                if (!history.isLoading) {
                  itemToFocus.current = items!.length;
                  history.loadMore();
                }
              }}
            >
              {t.history.more}
            </button>
          )}
        </div>
        {zone && everything && moment ? (
          <PastWeek {...{ api, tutorId, zone, moment, state }} items={everything} />
        ) : (
          <aside className="card was empty">{!isLoading && <p>{t.history.nothingToCompare}</p>}</aside>
        )}
      </div>
      {zone && undone?.kind === "edit" && (
        <RevertDialog
          {...{ api, tutorId, zone }}
          changeSet={undone.changeSet}
          onMessage={(text) => {
            setMessage(text);
            history.reload();
          }}
          onClosed={() => state.close({ undo: undefined })}
        />
      )}
    </section>
  );
}

function zonesText(zone: string): string {
  const viewers = viewersZone();
  return isSameZone(zone, viewers) ? t.history.timesAre(placeOf(zone)) : `${t.history.timesAre(placeOf(zone))} ${t.history.yours(placeOf(viewers))}`;
}
