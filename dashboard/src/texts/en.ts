/** The texts of the page in English. The types of the other languages follow from them. */

import { book, lessons } from "./book/en";
import { history } from "./history/en";
import * as support from "./support/en";

export const en = {
  ...support,
  history,
  /** The names of views: in the navigation, and in the title of the page. */
  views: {
    book: "Find",
    lessons: "My lessons",
    week: "Week",
    usual: "Usual week",
    history: "History",
    why: "Why?",
    statistics: "Insights",
    platform: "Platform",
    "sign-in": "Sign in",
    free: "Free times",
  },
  bar: {
    views: "Views",
    studentsView: "What students see",
    /** Shorter, for a phone. */
    studentsViewShort: "Students see",
    notSaved: "(not saved)",
    tutor: "Tutor",
    place: (place: string) => `${place} time`,
    forDevelopers: "For developers:",
    reference: "the API reference",
  },
  menu: {
    name: "Account and settings",
    lookAs: "Look as",
    roles: { tutor: "the tutor", admin: "support (admin)", visitor: "a visitor" },
    student: (name: string) => `${name}, a student`,
    user: (id: string) => `User …${id}`,
    visitor: "Not signed in",
    language: "Language",
    theme: "Colours",
    themes: { system: "As the system", light: "Light", dark: "Dark" },
    signOut: "Sign out",
    signOutAndDrop: "Sign out, and drop what isn't saved",
  },
  signIn: {
    title: "Sign in",
    what: "A tutor's week, its history and its insights are for the tutor and for admins.",
    token: "Token of your web app (JWT)",
    invalid: "That is not a token. A token has three parts with dots between them: copy all of it.",
  },
  noTutor: {
    choose: "Find a tutor, a student or a time first: with “Find”, or Ctrl K.",
    add: "The address has no tutor. Add ?tutor= and the tutor's id to the address.",
    notInTheDemo: "This tutor isn't part of the demo",
    lookAsSupport: (support: string) => `Look at this tutor as support: choose “${support}” under “Look as”.`,
  },
  book,
  lessons,
  /** Times on the clock. */
  clock: {
    /** A time that comes twice on this day. */
    secondTime: (time: string) => `${time} (the second time)`,
    /** After a time, the zone that it is in. */
    inZone: (time: string, zone: string) => `${time} ${zone}`,
  },
  close: "Close",
  loading: "Loading …",
  tryAgain: "Try again",
  errors: {
    request: (id: string) => `Request ${id}`,
    noTutor: "There is no such tutor. Check that the address is complete.",
    signedOut: "You are not signed in any more. Sign out and in again; in the demo, reload the page.",
    forbidden: "This is for the tutor and for admins, and you are signed in as somebody else. Sign in as one of them.",
    noAnswer: "No answer came from the server. Check the connection, then try again.",
    unavailable: "The server can't do this right now. Try again in a moment.",
    busy: "The server is busy or restarting. Try again in a moment.",
    tooLarge: "That is too much for one save. Save fewer weeks at a time.",
    other: (message: string) => `That didn't work: ${message}.`,
    unexpected: "This view can't be shown. Try again; if that doesn't help, save what isn't saved yet, then reload the page.",
    notLoaded:
      "This view couldn't be loaded. Check the connection, then try again. If that doesn't help, there is a newer " +
      "version of this page: save what isn't saved yet, then reload the page.",
    noConfig:
      "There is no config.json beside this page. Put one there, with the URLs of the functions, as the dashboard's " +
      "README describes.",
    configNotLoaded: "The page's config.json couldn't be loaded. Check the connection, then try again.",
    invalidConfig: "The page's config.json is not valid. Write it as the dashboard's README describes.",
  },
  /** The reasons for changes. The first ones can be chosen for an edit. */
  reasons: {
    tutor_edit: "Edit",
    conflict: "Something came up",
    vacation: "Vacation",
    illness: "Illness",
    copy_week: "Week copied",
    bulk_clear_future: "Future cleared",
    admin_action: "Support",
    revert: "Undo",
    other: "Other reason",
    import: "Import",
    schedule: "Weekly schedule",
    external: "Changed by another program",
  },
  /** What each status of a booking means for its slot. */
  bookings: {
    AWAITING_PAYMENT: "held for a student who is paying",
    CONFIRMED: "booked",
    COMPLETED: "booked, the lesson is over",
  },
  /** The names of authors of edits. */
  authors: {
    unknown: "unknown",
    you: "you",
    user: (id: string) => `user …${id}`,
    tutor: "the tutor",
    support: "support",
  },
};

export type Texts = typeof en;
