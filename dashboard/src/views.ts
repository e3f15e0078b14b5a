import { lazy } from "react";
import { CODE, TEXTS } from "./code";
import { ReadableError } from "./labels";
import { loadTextsOf, t } from "./texts";
import type { TextsOfView } from "./texts/files";

/** The large views. The code of each view is loaded when the view is opened for the first time. */
export let views = lazyViews();

/** Load each view again when it is opened next. Otherwise, React's `lazy` repeats the error of a failed load. */
export function resetViews(): void {
  views = lazyViews();
}

function lazyViews() {
  return {
    WeekView: lazy(() => withTexts(TEXTS.week, CODE.week()).catch(throwReadable)),
    UsualView: lazy(() => withTexts(TEXTS.usual, CODE.usual()).catch(throwReadable)),
    HistoryView: lazy(() => CODE.history().catch(throwReadable)),
    WhyView: lazy(() => CODE.why().catch(throwReadable)),
    StatisticsView: lazy(() => withTexts(TEXTS.statistics, CODE.statistics()).catch(throwReadable)),
    BookView: lazy(() => CODE.book().catch(throwReadable)),
    LessonsView: lazy(() => CODE.lessons().catch(throwReadable)),
    PlatformView: lazy(() => withTexts(TEXTS.platform, CODE.platform()).catch(throwReadable)),
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
