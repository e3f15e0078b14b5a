import { useEffect, useRef, useState } from "react";
import type { Api, PlatformStats } from "slotledger-client";
import { Trouble } from "../Trouble";
import { addressOf } from "../address";
import { numeral } from "../labels";

/** How many tutors are shown at first, and with each "Show more". */
export const TUTORS_PER_PAGE = 20;

interface TutorsProps {
  api: Api;
  days: number;
  first: Pick<PlatformStats, "tutors" | "nextCursor">;
  nameOf: (tutorId: string) => string;
}

/** The tutors, most active first, each with the way to the tutor's own statistics. */
export function Tutors({ api, days, first, nameOf }: TutorsProps) {
  const [shown, setShown] = useState(first);
  const [isLoading, setIsLoading] = useState(false);
  const [error, setError] = useState<Error>();
  const cameLast = useRef<HTMLAnchorElement>(null);
  const start = shown.tutors.length - (shown.tutors.length % TUTORS_PER_PAGE || TUTORS_PER_PAGE);

  // Whoever asked for more is led to it: the button may be gone.
  useEffect(() => {
    if (shown !== first) {
      cameLast.current?.focus();
    }
  }, [shown, first]);

  async function showMore() {
    setIsLoading(true);
    setError(undefined);
    try {
      const next = await api.audit.getPlatformStats(days, { limit: TUTORS_PER_PAGE, cursor: shown.nextCursor! });
      setShown({ tutors: [...shown.tutors, ...next.tutors], nextCursor: next.nextCursor });
    } catch (error) {
      setError(error as Error);
    }
    setIsLoading(false);
  }

  return (
    <section className="tutors" aria-labelledby="tutors" aria-busy={isLoading}>
      <table className="numbers">
        <caption>
          <h3 id="tutors">Tutors, most active first</h3>
        </caption>
        <thead>
          <tr>
            <th scope="col">Tutor</th>
            <th scope="col">Changes</th>
            <th scope="col">Added</th>
            <th scope="col">Removed</th>
            <th scope="col">Late</th>
          </tr>
        </thead>
        <tbody>
          {shown.tutors.map(({ tutorId, changes, slotsAdded, slotsRemoved, lateRemovals }, number) => (
            <tr key={tutorId}>
              <th scope="row">
                <a href={addressOf(tutorId, "statistics")} title={tutorId} ref={number === start ? cameLast : undefined}>
                  {nameOf(tutorId)}
                </a>
              </th>
              {[changes, slotsAdded, slotsRemoved, lateRemovals].map((count, column) => (
                <td key={column}>{numeral(count)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {error && <Trouble error={error} />}
      {shown.nextCursor !== null && (
        <button aria-disabled={isLoading} onClick={() => isLoading || void showMore()}>
          Show more
        </button>
      )}
    </section>
  );
}
