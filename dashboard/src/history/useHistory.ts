import { useEffect, useRef, useState } from "react";
import type { Api } from "slotledger-client";
import { completeChangeSets, joinPages } from "./changeSets";
import type { Pages } from "./changeSets";
import type { Filter } from "./filter";

const ENTRIES_PER_PAGE = 200;

interface HistoryState {
  pages?: Pages;
  error?: Error;
  isLoading: boolean;
}

/**
 * Load the history, newest first. When the filter changes, load it again. The old pages stay until this request ends.
 */
export function useHistory(api: Api, tutorId: string, filter: Filter) {
  const [state, setState] = useState<HistoryState>({ isLoading: true });
  const controller = useRef<AbortController>(undefined);
  const repeat = useRef<() => void>(undefined);

  function load(before: Pages | undefined, minEntries: number) {
    const hasSameFilter = before !== undefined || minEntries > 0;
    repeat.current = () => load(before, minEntries);
    controller.current?.abort();
    const { signal } = (controller.current = new AbortController());
    setState(({ pages }) => ({ pages, isLoading: true }));
    loadPages(api, tutorId, filter, before, minEntries, signal).then(
      (pages) => signal.aborted || setState({ pages, isLoading: false }),
      (error: Error) => signal.aborted || setState(({ pages }) => ({ pages: hasSameFilter ? pages : undefined, error, isLoading: false })),
    );
  }

  useEffect(() => {
    load(undefined, 0);
    return () => controller.current?.abort();
  }, [api, tutorId, JSON.stringify(filter)]);

  return {
    ...state,
    /** Load more change sets. */
    loadMore: () => load(state.pages, 0),
    /** Load the shown entries again. */
    reload: () => load(undefined, state.pages?.entries.length ?? 0),
    /** Repeat the last request. */
    retry: () => repeat.current?.(),
  };
}

/**
 * Load pages until there are at least `minEntries` entries, and more complete change sets than in `before`, or until no
 * page is left. One page may not be enough, because a change set may have more entries than a page.
 */
async function loadPages(
  api: Api,
  tutorId: string,
  { days, ...filter }: Filter,
  before: Pages | undefined,
  minEntries: number,
  signal: AbortSignal,
): Promise<Pages> {
  const countBefore = before ? completeChangeSets(before).length : 0;
  for (let pages = before; ; ) {
    const cursor = pages?.nextCursor ?? undefined;
    const options = { ...filter, include: ["bookings", "settings"] as const, limit: ENTRIES_PER_PAGE, cursor, signal };
    pages = joinPages(pages, await api.audit.getAvailabilityHistory(tutorId, days, options));
    const isEnough = pages.entries.length >= minEntries && completeChangeSets(pages).length > countBefore;
    if (isEnough || pages.nextCursor === null) {
      return pages;
    }
  }
}
