import { lazy } from "react";
import { Told } from "./labels";

/** The views that are large, or aren't looked at first: each is loaded when it is. */
export let views = lazyViews();

/** Lets what couldn't be loaded be asked for again: React remembers a failure. */
export function forgetFailures(): void {
  views = lazyViews();
}

function lazyViews() {
  return {
    WeekView: lazy(() => import("./week/WeekView").catch(tell)),
    HistoryView: lazy(() => import("./history/HistoryView").catch(tell)),
    StatisticsView: lazy(() => import("./statistics/StatisticsView").catch(tell)),
    PlatformView: lazy(() => import("./statistics/PlatformView").catch(tell)),
  };
}

/** The connection is gone; or a newer version of the page was deployed, and this one's files are gone. */
function tell(): never {
  throw new Told(
    "This view couldn't be loaded. Check the connection, then try again. If that doesn't help, there is a newer " +
      "version of this page: save what isn't saved yet, then reload the page.",
  );
}
