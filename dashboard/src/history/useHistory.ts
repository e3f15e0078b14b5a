import { useEffect, useRef, useState } from "react";
import type { Api, EntryFilter } from "slotledger-client";
import { joined, wholeChangeSets } from "./changeSets";
import type { Pages } from "./changeSets";

/** Which changes are asked for: made within so many days, and what else `EntryFilter` has. */
export interface Filter extends EntryFilter {
  days: number;
}

const ENTRIES_PER_PAGE = 200;

interface Requested {
  pages?: Pages;
  error?: Error;
  isLoading: boolean;
}

/** Reads the history from its newest end on, anew whenever the filter changes; what was there stays meanwhile. */
export function useHistory(api: Api, tutorId: string, filter: Filter) {
  const [asked, setAsked] = useState<Requested>({ isLoading: true });
  const underWay = useRef<AbortController>(undefined);
  const last = useRef<() => void>(undefined);

  function load(before: Pages | undefined, entriesAtLeast: number) {
    const isOfThisFilter = before !== undefined || entriesAtLeast > 0;
    last.current = () => load(before, entriesAtLeast);
    underWay.current?.abort();
    const { signal } = (underWay.current = new AbortController());
    setAsked(({ pages }) => ({ pages, isLoading: true }));
    readOn(api, tutorId, filter, before, entriesAtLeast, signal).then(
      (pages) => signal.aborted || setAsked({ pages, isLoading: false }),
      (error: Error) => signal.aborted || setAsked(({ pages }) => ({ pages: isOfThisFilter ? pages : undefined, error, isLoading: false })),
    );
  }

  useEffect(() => {
    load(undefined, 0);
    return () => underWay.current?.abort();
  }, [api, tutorId, JSON.stringify(filter)]);

  return {
    ...asked,
    /** Reads what follows. */
    more: () => load(asked.pages, 0),
    /** Reads what is shown anew, all of it. */
    refresh: () => load(undefined, asked.pages?.entries.length ?? 0),
    /** Does again what failed. */
    again: () => last.current?.(),
  };
}

/** Reads pages until one change set more is known as a whole: one may be larger than a page. */
async function readOn(
  api: Api,
  tutorId: string,
  { days, ...filter }: Filter,
  before: Pages | undefined,
  entriesAtLeast: number,
  signal: AbortSignal,
): Promise<Pages> {
  const wholeBefore = before ? wholeChangeSets(before).length : 0;
  for (let pages = before; ; ) {
    const cursor = pages?.nextCursor ?? undefined;
    const options = { ...filter, limit: ENTRIES_PER_PAGE, cursor, signal };
    pages = joined(pages, await api.audit.getAvailabilityHistory(tutorId, days, options));
    const isEnough = pages.entries.length >= entriesAtLeast && wholeChangeSets(pages).length > wholeBefore;
    if (isEnough || pages.nextCursor === null) {
      return pages;
    }
  }
}
