import { useEffect, useLayoutEffect, useState } from "react";
import { Forbidden, Unauthenticated } from "slotledger-client";
import type { Api, AvailabilityOptions } from "slotledger-client";
import { MAX_DATES_APART, dateAt } from "../clock";
import { addDays, datesBetween, firstOfWeek, viewersZone } from "../time";
import { useAnswer } from "../useAnswer";
import type { Answer } from "../useAnswer";
import { EMPTY_DRAFT, withLoadedDays } from "./draft";
import type { Draft, DraftStore } from "./draft";

/** Adds loaded days to a draft. */
export type AddLoadedDays = (draft: Draft) => Draft;

/** An edit is based on the answer, so a view that is opened again waits for a new one. */
const FRESH = { isKept: false };

/**
 * Load the shown week of a tutor, and call `onLoaded` with each answer: it may be called again with the same one.
 * `shownDate` is a date of the week; without it, the week is the current one.
 */
export function useShownWeek(
  api: Api,
  tutorId: string,
  store: DraftStore,
  shownDate: string | undefined,
  onLoaded: (addLoadedDays: AddLoadedDays) => void,
) {
  const [openedOn, setOpenedOn] = useState<string>();
  // Read the draft from the store each time, because the draft may change while an answer is awaited.
  const currentDraft = () => store.get() ?? EMPTY_DRAFT;
  const draft = currentDraft();
  // Answers have the tutor's time zone. Until the first answer comes, use the viewer's time zone.
  const hasLoaded = draft.loadedDays.size > 0;
  const zone = hasLoaded ? draft.zone : viewersZone();
  const today = () => dateAt(zone, Date.now());
  const weekStart = firstOfWeek(shownDate ?? openedOn ?? today());
  const weekEnd = addDays(weekStart, 6);
  useEffect(() => {
    if (hasLoaded) {
      setOpenedOn(today()); // so that the calendar stays on this week when a new week begins
    }
  }, [hasLoaded]);

  // The weeks beside it are loaded, too, so that they are shown at once.
  const days = useAnswer("week", [tutorId, weekStart], (signal) => load(addDays(weekStart, -7), addDays(weekEnd, 7), { signal }), FRESH);
  // A second request, with `explain`, adds why slots are booked. Its answer needs the log, which may be slow. Show the
  // week before this answer comes.
  const explanations = useAnswer("why", [tutorId, weekStart], (signal) => load(weekStart, weekEnd, { explain: true, signal }), FRESH);
  useEachAnswer(days, onLoaded);
  useEachAnswer(explanations, onLoaded);
  useEffect(() => {
    if (!hasLoaded && days.answer && !days.isLoading) {
      reload(); // the draft was saved or discarded in another tab
    }
  }, [hasLoaded]);
  const accessError = [Forbidden, Unauthenticated].some((kind) => explanations.error instanceof kind)
    ? explanations.error
    : undefined;

  function reload() {
    days.reload();
    explanations.reload();
  }

  /** Load a range of dates, and the dates around it whose slots may reach into it. */
  async function load(first: string, last: string, options?: AvailabilityOptions): Promise<AddLoadedDays> {
    const [from, to] = [addDays(first, -MAX_DATES_APART), addDays(last, MAX_DATES_APART)];
    const answer = await api.availability.getAvailability(tutorId, from, to, options);
    return (draft) => withLoadedDays(draft, answer.timeZone, datesBetween(from, to), answer.days);
  }

  return { currentDraft, draft, hasLoaded, zone, today, weekStart, days, accessError, reload, load };
}

/** Call a function with each answer. */
function useEachAnswer<T>({ answer, isLoading }: Answer<T>, callBack: (answer: T) => void) {
  // Before the next paint, so that the view is never shown as loaded without the answer.
  useLayoutEffect(() => {
    if (answer !== undefined && !isLoading) {
      callBack(answer);
    }
  }, [answer, isLoading]);
}
