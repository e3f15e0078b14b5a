/**
 * The code of the large views, which is loaded when a view is opened for the first time, and which texts come with it. This
 * module imports nothing else, so that `ahead.ts` stays small.
 */

import type { TextsOfView } from "./texts/files";

export const CODE = {
  week: () => import("./week/WeekView"),
  usual: () => import("./usual/UsualView"),
  history: () => import("./history/HistoryView"),
  why: () => import("./why/WhyView"),
  statistics: () => import("./statistics/StatisticsView"),
  book: () => import("./book/BookView"),
  lessons: () => import("./lessons/LessonsView"),
  platform: () => import("./statistics/PlatformView"),
  /** The booker in a frame of another page, in place of everything else. */
  frame: () => import("./embed/Frame"),
};

/** The views whose texts aren't among those of the page. */
export const TEXTS = {
  week: "week",
  usual: "usual",
  statistics: "statistics",
  platform: "statistics",
} satisfies Partial<Record<keyof typeof CODE, TextsOfView>>;
