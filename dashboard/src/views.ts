import { lazy } from "react";
import { CODE } from "./code";
import { ReadableError } from "./labels";
import type { View } from "./links";
import { loadTextsOf, t } from "./texts";
import type { TextsOfView } from "./texts";

/** The large views. The code of each view is loaded when the view is opened for the first time. */
export let views = lazyViews();

/** Load each view again when it is opened next. Otherwise, React's `lazy` repeats the error of a failed load. */
export function resetViews(): void {
  views = lazyViews();
}

/** Begin to load the texts of a view, beside what the page needs before it can show the view. */
export function loadTextsAhead(view: View | undefined): void {
  const of = view === "platform" ? "statistics" : view;
  if (of === "week" || of === "usual" || of === "statistics") {
    loadTextsOf(of).catch(() => undefined); // if it fails, the view says so when it is shown
  }
}

function lazyViews() {
  return {
    WeekView: lazy(() => withTexts("week", CODE.week()).catch(throwReadable)),
    UsualView: lazy(() => withTexts("usual", CODE.usual()).catch(throwReadable)),
    HistoryView: lazy(() => CODE.history().catch(throwReadable)),
    WhyView: lazy(() => CODE.why().catch(throwReadable)),
    StatisticsView: lazy(() => withTexts("statistics", CODE.statistics()).catch(throwReadable)),
    BookView: lazy(() => CODE.book().catch(throwReadable)),
    LessonsView: lazy(() => CODE.lessons().catch(throwReadable)),
    PlatformView: lazy(() => withTexts("statistics", CODE.platform()).catch(throwReadable)),
    Frame: lazy(() => CODE.frame().catch(throwReadable)),
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
