import { lazy } from "react";
import { ReadableError } from "./labels";

/** The large views, each loaded when it is opened. */
export let views = lazyViews();

/** Let a view that couldn't be loaded be loaded again: React's `lazy` keeps a failure. */
export function resetFailedViews(): void {
  views = lazyViews();
}

function lazyViews() {
  return {
    WeekView: lazy(() => import("./week/WeekView").catch(throwReadable)),
    HistoryView: lazy(() => import("./history/HistoryView").catch(throwReadable)),
    StatisticsView: lazy(() => import("./statistics/StatisticsView").catch(throwReadable)),
    PlatformView: lazy(() => import("./statistics/PlatformView").catch(throwReadable)),
  };
}

/** The connection is lost, or a newer version was deployed, which has other file names. */
function throwReadable(): never {
  throw new ReadableError(
    "This view couldn't be loaded. Check the connection, then try again. If that doesn't help, there is a newer " +
      "version of this page: save what isn't saved yet, then reload the page.",
  );
}
