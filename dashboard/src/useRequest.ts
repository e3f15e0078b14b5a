import { useEffect, useState } from "react";

/** What was asked for: on its way (the answer before it stays meanwhile), here, or what went wrong. */
export interface Requested<T> {
  answer?: T;
  error?: Error;
  isLoading: boolean;
  again: () => void;
}

/** Asks when the page is shown and whenever `key` changes; what isn't wanted any more is aborted. */
export function useRequest<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): Requested<T> {
  const [tries, setTries] = useState(0);
  const [told, setTold] = useState<{ of?: string; answer?: T; error?: Error }>({});
  const question = `${tries} ${key}`; // what was told of another one isn't the answer, though it is shown meanwhile
  useEffect(() => {
    const controller = new AbortController();
    ask(controller.signal).then(
      (answer) => controller.signal.aborted || setTold({ of: question, answer }),
      (error: Error) => controller.signal.aborted || setTold({ of: question, error }),
    );
    return () => controller.abort();
  }, [question]);
  const isLoading = told.of !== question;
  return {
    answer: told.answer,
    error: isLoading ? undefined : told.error,
    isLoading,
    again: () => setTries((before) => before + 1),
  };
}
