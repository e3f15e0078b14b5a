import { lazy } from "react";
import { ReadableError } from "./labels";
import { t } from "./texts";

/** The large views. The code of each view is loaded when the view is opened for the first time. */
export let views = lazyViews();

/** Load each view again when it is opened next. Otherwise, React's `lazy` repeats the error of a failed load. */
export function resetViews(): void {
  views = lazyViews();
}

function lazyViews() {
  return {
    WeekView: lazy(() => import("./week/WeekView").catch(throwReadable)),
    UsualView: lazy(() => import("./usual/UsualView").catch(throwReadable)),
    HistoryView: lazy(() => import("./history/HistoryView").catch(throwReadable)),
    WhyView: lazy(() => import("./why/WhyView").catch(throwReadable)),
    StatisticsView: lazy(() => import("./statistics/StatisticsView").catch(throwReadable)),
    BookView: lazy(() => import("./book/BookView").catch(throwReadable)),
    LessonsView: lazy(() => import("./lessons/LessonsView").catch(throwReadable)),
    PlatformView: lazy(() => import("./statistics/PlatformView").catch(throwReadable)),
  };
}

/** Throw an error that says what to do. A load fails if the connection is lost, or if the page's files were replaced. */
function throwReadable(): never {
  throw new ReadableError(t.errors.notLoaded);
}
