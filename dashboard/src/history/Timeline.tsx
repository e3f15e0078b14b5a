import { Fragment } from "react";
import { t } from "../texts";
import { dateIn, longDate } from "../time";
import type { UserIds } from "../labels";
import type { QueryState } from "../useQueryState";
import type { ChangeSet } from "./changeSets";
import { momentBefore } from "./moment";
import type { Moment } from "./moment";
import { TimelineItem } from "./TimelineItem";
import { itemsByDay } from "./timeline";
import type { Item } from "./timeline";

interface TimelineProps {
  items: readonly Item[];
  zone: string;
  users: UserIds;
  tutorId: string;
  /** The moment whose week is beside the timeline. */
  moment: Moment | undefined;
  state: QueryState;
  onUndo: (changeSet: ChangeSet) => void;
}

/** What happened, by day, newest first. A line marks the moment whose week is beside it. */
export function Timeline({ items, zone, users, tutorId, moment, state, onUndo }: TimelineProps) {
  const today = dateIn(zone, new Date());
  const here = moment && items.find(({ at }) => Date.parse(at) <= Date.parse(moment.at));
  return (
    <div className="days-of-history">
      {itemsByDay(items, zone).map(([date, ofDay]) => (
        <div key={date} className="day-of-history">
          <h3>{longDate(date, today)}</h3>
          <ol className="events">
            {ofDay.map((item) => {
              const then = momentBefore(item, zone);
              return (
                <Fragment key={keyOf(item)}>
                  {item === here && <li className="here">{t.history.here}</li>}
                  <TimelineItem
                    {...{ item, zone, users, tutorId, onUndo }}
                    then={then && state.linkTo({ at: then.at, week: then.week, side: "week" })}
                  />
                </Fragment>
              );
            })}
          </ol>
        </div>
      ))}
    </div>
  );
}

function keyOf(item: Item): string {
  switch (item.kind) {
    case "edit":
      return item.changeSet.id;
    case "booking":
      return `${item.event.bookingId} ${item.event.event} ${item.at}`;
    case "setting":
      return `${item.event.field} ${item.at}`;
  }
}
