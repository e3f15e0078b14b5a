/** A verdict as one sentence: its main part, and what follows, each with the evidence that it rests on. */

import { authorName } from "../labels";
import type { UserIds } from "../labels";
import { t } from "../texts";
import { dateIn, formatLocale, longDate, timeIn } from "../time";
import type { Fact } from "./life";
import type { Verdict } from "./verdict";

/** A part of a sentence. `fact` is the position of its evidence. */
export interface Part {
  text: string;
  fact?: number;
}

/** What the sentence says who and when with: the tutor's zone, the names, and the instant. */
export interface Context {
  zone: string;
  users: UserIds;
  now: number;
}

/** Return the sentence. The first part is its main part. */
export function sentenceOf(verdict: Verdict, facts: readonly Fact[], context: Context): Part[] {
  const part = (text: string, fact?: Fact): Part => ({ text, fact: fact && facts.indexOf(fact) });
  const at = (instant: number) => momentOf(instant, context);
  const { why } = t;
  switch (verdict.kind) {
    case "never":
      return [part(why.never)];
    case "unknown":
      return [part(why.unknown)];
    case "held": {
      const who = studentOf(verdict.fact);
      return [part(why.held(who)), ...(verdict.until ? [part(why.until(at(verdict.until)), verdict.fact)] : [])];
    }
    case "booked": {
      const { fact, isOver } = verdict;
      const lead = part(isOver ? why.lessonOver(studentOf(fact)) : why.booked(studentOf(fact)));
      return fact && !isOver ? [lead, part(why.since(at(fact.at)), fact)] : [lead];
    }
    case "free": {
      const { since, block } = verdict;
      const lead = part(block ? why.blocked[block] : why.free);
      return since ? [lead, part(sinceText(since, at(since.at), context), since)] : [lead];
    }
    case "removed":
      return removedParts(verdict, part, context);
  }
}

function removedParts(
  { fact, after }: Extract<Verdict, { kind: "removed" }>,
  part: (text: string, fact?: Fact) => Part,
  context: Context,
): Part[] {
  const { why } = t;
  const at = momentOf(fact.at, context);
  if (fact.reason === "external") {
    return [part(why.removedBy.external), part(why.before(at), fact)];
  }
  if (fact.source === "reconstructed") {
    return [part(why.removedBy.lost), part(why.atOrBefore(at), fact)];
  }
  const who = personOf(fact.by, context.users);
  if (fact.reason === "schedule") {
    return [part(why.removedBy.schedule(who)), part(why.since(at), fact)];
  }
  const lead =
    fact.reason === "illness" || fact.reason === "vacation" || fact.reason === "import"
      ? why.removedBy[fact.reason](who)
      : why.removedBy.user(who);
  const when = [part(fact.notes ? why.onWithNotes(at, fact.notes) : why.on(at), fact)];
  if (!after) {
    return [part(lead), ...when];
  }
  const minutes = Math.round((fact.at - after.at) / 60_000);
  const gap = gapOf(minutes);
  return [part(lead), ...when, part(minutes === 0 ? why.together[after.kind as "out"](studentOf(after)) : why.after[after.kind as "out"](gap, studentOf(after)), after)];
}

function sinceText(since: Fact, at: string, { users }: Context): string {
  if (since.kind === "offered") {
    return t.why.offeredSince(personOf(since.by, users), at, since.reason === "schedule");
  }
  return t.why.freeSince[since.kind as "out"](at, studentOf(since));
}

/** Return somebody in a sentence: their name, and whether it is the viewer ("you"). */
export function personOf(userId: string | null, users: UserIds): { name: string; isYou: boolean } {
  return { name: userId === null ? t.why.somebody : authorName(userId, users), isYou: userId !== null && userId === users.viewer };
}

/** Return the name of a booking's student. */
export function studentOf(fact: Fact | undefined): string {
  return fact?.student?.name ?? t.why.aStudent;
}

/** Return an instant as one says it in a sentence: "Sunday 22 November at 20:52", or only the time today. */
export function momentOf(instant: number, { zone, now }: Omit<Context, "users">): string {
  const [date, today] = [instant, now].map((each) => dateIn(zone, new Date(each))) as [string, string];
  const time = timeIn(zone, new Date(instant));
  return date === today ? t.why.todayAt(time) : t.why.dateAt(longDate(date, today), time);
}

/** Return a length of time: "41 minutes", "3 hours", "2 days". */
export function gapOf(minutes: number): string {
  const [number, unit] =
    minutes < 120 ? [minutes, "minute"] : minutes < 48 * 60 ? [Math.round(minutes / 60), "hour"] : [Math.round(minutes / 1440), "day"];
  return new Intl.NumberFormat(formatLocale(), { style: "unit", unit: unit as string, unitDisplay: "long" }).format(number as number);
}

/** Return a sentence as text. */
export function textOf(parts: readonly Part[]): string {
  return `${parts.map(({ text }) => text).join(" ")}.`.replace(" ,", ",");
}
