import { lazy } from "react";
import { ReadableError } from "./labels";
import type { View } from "./links";
import { loadTextsOf, t } from "./texts";
import type { TextsOfView } from "./texts";

const CODE = {
  week: () => withTexts("week", import("./week/WeekView")),
  usual: () => withTexts("usual", import("./usual/UsualView")),
  history: () => import("./history/HistoryView"),
  why: () => import("./why/WhyView"),
  statistics: () => withTexts("statistics", import("./statistics/StatisticsView")),
  book: () => import("./book/BookView"),
  lessons: () => import("./lessons/LessonsView"),
  platform: () => withTexts("statistics", import("./statistics/PlatformView")),
};

/** The large views. The code of each view is loaded when the view is opened for the first time. */
export let views = lazyViews();

/** Load each view again when it is opened next. Otherwise, React's `lazy` repeats the error of a failed load. */
export function resetViews(): void {
  views = lazyViews();
}

/** Begin to load the code of a view, beside what the page needs before it can show the view. */
export function loadAhead(view: View | undefined): void {
  if (view !== undefined && view !== "sign-in") {
    CODE[view]().catch(() => undefined); // if it fails, the view says so when it is shown
  }
}

function lazyViews() {
  return {
    WeekView: lazy(() => CODE.week().catch(throwReadable)),
    UsualView: lazy(() => CODE.usual().catch(throwReadable)),
    HistoryView: lazy(() => CODE.history().catch(throwReadable)),
    WhyView: lazy(() => CODE.why().catch(throwReadable)),
    StatisticsView: lazy(() => CODE.statistics().catch(throwReadable)),
    BookView: lazy(() => CODE.book().catch(throwReadable)),
    LessonsView: lazy(() => CODE.lessons().catch(throwReadable)),
    PlatformView: lazy(() => CODE.platform().catch(throwReadable)),
  };
}

/** Load the texts of a view together with its code. */
async function withTexts<T>(name: TextsOfView, code: Promise<T>): Promise<T> {
  const [view] = await Promise.all([code, loadTextsOf(name)]);
  return view;
}

/** Throw an error that says what to do. A load fails if the connection is lost, or if the page's files were replaced. */
function throwReadable(): never {
  throw new ReadableError(t.errors.notLoaded);
}
