/** The files of the texts that aren't in the page's scripts: of the page in other languages, and of views. */
export const FILES = {
  page: { de: () => import("./de"), da: () => import("./da") },
  week: { en: () => import("./week/en"), de: () => import("./week/de"), da: () => import("./week/da") },
  usual: { en: () => import("./usual/en"), de: () => import("./usual/de"), da: () => import("./usual/da") },
  statistics: {
    en: () => import("./statistics/en"),
    de: () => import("./statistics/de"),
    da: () => import("./statistics/da"),
  },
};

export type TextsOfView = Exclude<keyof typeof FILES, "page">;
