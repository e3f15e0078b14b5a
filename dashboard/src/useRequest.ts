import { useEffect, useState } from "react";

/** A request's state. While a new request is on its way, `answer` is that of the one before. */
export interface RequestState<T> {
  answer?: T;
  error?: Error;
  isLoading: boolean;
  reload: () => void;
}

/** Send a request at first and whenever `key` changes; abort the one before. */
export function useRequest<T>(key: string, send: (signal: AbortSignal) => Promise<T>): RequestState<T> {
  const [reloads, setReloads] = useState(0);
  const [outcome, setOutcome] = useState<{ requestId?: string; answer?: T; error?: Error }>({});
  const requestId = `${reloads} ${key}`;
  useEffect(() => {
    const controller = new AbortController();
    send(controller.signal).then(
      (answer) => controller.signal.aborted || setOutcome({ requestId, answer }),
      (error: Error) => controller.signal.aborted || setOutcome({ requestId, error }),
    );
    return () => controller.abort();
  }, [requestId]);
  const isLoading = outcome.requestId !== requestId;
  return {
    answer: outcome.answer,
    error: isLoading ? undefined : outcome.error,
    isLoading,
    reload: () => setReloads((count) => count + 1),
  };
}
