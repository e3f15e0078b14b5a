import { useEffect, useState } from "react";

/** The state of a request. While a request is loading, `answer` is still the earlier answer, if any. */
export interface RequestState<T> {
  answer?: T;
  error?: Error;
  isLoading: boolean;
  reload: () => void;
}

/**
 * Send a request when the component is mounted, when `key` changes and when `reload` is called. Abort a request that is
 * still loading when the next one is sent or the component is removed. `send` also gets the earlier answer, if any.
 */
export function useRequest<T>(key: string, send: (signal: AbortSignal, earlier?: T) => Promise<T>): RequestState<T> {
  const [reloads, setReloads] = useState(0);
  const [outcome, setOutcome] = useState<{ requestId?: string; answer?: T; error?: Error }>({});
  const requestId = `${reloads} ${key}`;
  useEffect(() => {
    const controller = new AbortController();
    send(controller.signal, outcome.answer).then(
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
