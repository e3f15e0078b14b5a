/** What the finder offers for a text: times of tutors, tutors, and the lessons of a student. */

import type { Booking, Tutor } from "slotledger-client";
import { shortId } from "../labels";
import { linkTo, linkWith } from "../links";
import type { View } from "../links";
import { t } from "../texts";
import { dateIn, formatLocale, longDate, placeOf, shortDate, timeIn } from "../time";
import { parseTime } from "../why/ask";
import type { Asked } from "../why/ask";

export type Group = "times" | "tutors" | "lessons" | "views";

/** Something to open. */
export interface Option {
  group: Group;
  href: string;
  text: string;
  /** What tells it from others of the same name. */
  about?: string;
}

/** The tutor of the page. */
export interface PageTutor {
  tutorId: string;
  name: string;
}

/** What to search for: a text that names no time is a tutor's name or an id. */
export interface Wanted {
  asked?: Asked;
  /** The text to find tutors by; undefined if it can only be a time. A word for a day may begin a name: "fre" is Friday, or Freja. */
  tutor?: string;
  /** The text to find a student by, if it may be an id. */
  student?: string;
}

/** How many tutors a time is offered for. */
const TUTORS_OF_TIME = 3;
const VIEWS: readonly View[] = ["history", "week", "usual", "statistics", "book"];

/** Return what a text asks for. */
export function wantedOf(text: string, today: string): Wanted {
  const trimmed = text.trim();
  const asked = parseTime(trimmed, today, { isMonthFirst: formatLocale() === "en-US" });
  const isWord = /^\p{L}+$/u.test(trimmed);
  const tutor = asked ? asked.rest || (isWord ? trimmed : undefined) : trimmed;
  return { asked, tutor, student: /^\S{6,}$/.test(trimmed) && !asked ? trimmed : undefined };
}

interface Found {
  wanted: Wanted;
  tutors: readonly Tutor[];
  bookings: readonly Booking[];
  current?: PageTutor;
  view: View;
  now: number;
}

/** Return what to offer, the most likely first. Without a text, these are the views of the page's tutor. */
export function optionsOf({ wanted, tutors, bookings, current, view, now }: Found): Option[] {
  const { asked, tutor } = wanted;
  const ofTime = asked ? (asked.rest === "" ? (current ? [current] : []) : tutors.slice(0, TUTORS_OF_TIME)) : [];
  return [
    ...(asked ? ofTime.flatMap((each) => timesOf(asked, each)) : []),
    ...(asked === undefined && tutor === "" && current ? viewsOf(current, view) : []),
    ...tutors.map((each) => tutorOption(each, view)),
    ...bookings.map((booking) => lessonOption(booking, now)),
  ];
}

function timesOf({ date, time }: Asked, { tutorId, name }: PageTutor): Option[] {
  const week: Option = {
    group: "times",
    href: linkWith("week", { tutor: tutorId, date }),
    text: t.finder.week(longDate(date), name),
  };
  if (time === undefined) {
    return [week];
  }
  const when = `${shortDate(date)}, ${clock(time)}`;
  return [{ group: "times", href: linkWith("why", { tutor: tutorId, at: `${date}T${time}` }), text: t.finder.why(when, name) }, week];
}

function viewsOf({ tutorId, name }: PageTutor, view: View): Option[] {
  return VIEWS.filter((each) => each !== view).map((each) => ({
    group: "views",
    href: linkTo(each, tutorId),
    text: each === "book" ? t.bar.studentsView : t.views[each],
    about: name,
  }));
}

function tutorOption({ tutorId, name, externalId, userId, timeZone, active }: Tutor, view: View): Option {
  const about = [externalId ?? t.authors.user(shortId(userId)), placeOf(timeZone), !active && t.finder.notActive].filter(Boolean).join(" · ");
  return { group: "tutors", href: linkTo(VIEWS.includes(view) ? view : "history", tutorId), text: name, about };
}

function lessonOption({ tutorId, tutorName, startsAt, timeZone, status, studentName }: Booking, now: number): Option {
  const start = new Date(startsAt);
  const when = `${longDate(dateIn(timeZone, start), dateIn(timeZone, new Date(now)))}, ${timeIn(timeZone, start)}`;
  return {
    group: "lessons",
    href: linkWith("why", { tutor: tutorId, at: startsAt }),
    text: t.finder.lesson(when, tutorName, t.finder.statuses[status]),
    about: studentName ?? undefined,
  };
}

/** Return a time of the clock as the viewer's locale writes it. */
function clock(time: string): string {
  return timeIn("UTC", new Date(`2026-01-01T${time}Z`));
}
