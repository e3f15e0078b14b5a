import { useEffect, useState } from "react";

/** What was asked for: on its way (the answer before it stays meanwhile), here, or what went wrong. */
export interface Asked<T> {
  answer?: T;
  error?: Error;
  isLoading: boolean;
  again: () => void;
}

/** Asks when the page is shown and whenever `key` changes; what isn't wanted any more is aborted. */
export function useAsked<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): Asked<T> {
  const [tries, setTries] = useState(0);
  const [asked, setAsked] = useState<Omit<Asked<T>, "again">>({ isLoading: true });
  useEffect(() => {
    const controller = new AbortController();
    setAsked(({ answer }) => ({ answer, isLoading: true }));
    ask(controller.signal).then(
      (answer) => controller.signal.aborted || setAsked({ answer, isLoading: false }),
      (error: Error) => controller.signal.aborted || setAsked({ error, isLoading: false }),
    );
    return () => controller.abort();
  }, [key, tries]);
  return { ...asked, again: () => setTries(tries + 1) };
}
