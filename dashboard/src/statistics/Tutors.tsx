import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import type { Api, PlatformStats } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { formatNumber } from "../labels";
import { linkTo } from "../links";
import { t } from "../texts";

/** The number of tutors on a page. */
export const TUTORS_PER_PAGE = 20;

interface TutorsProps {
  api: Api;
  days: number;
  /** The first page. */
  first: Pick<PlatformStats, "tutors" | "nextCursor">;
  nameOf: (tutorId: string) => string;
}

/** A table of the tutors, most active first, with links to their statistics. */
export function Tutors({ api, days, first, nameOf }: TutorsProps) {
  const [pages, setPages] = useState(first);
  const [isLoading, setIsLoading] = useState(false);
  const [error, setError] = useState<Error>();
  const firstNewTutor = useRef<HTMLAnchorElement>(null);
  const start = pages.tutors.length - (pages.tutors.length % TUTORS_PER_PAGE || TUTORS_PER_PAGE);

  // Move the focus to the first new tutor: the "Show more" button, which had the focus, may be gone.
  useEffect(() => {
    if (pages !== first) {
      firstNewTutor.current?.focus();
    }
  }, [pages, first]);

  async function showMore() {
    setIsLoading(true);
    setError(undefined);
    try {
      const next = await api.audit.getPlatformStats(days, { limit: TUTORS_PER_PAGE, cursor: pages.nextCursor! });
      setPages({ tutors: [...pages.tutors, ...next.tutors], nextCursor: next.nextCursor });
    } catch (error) {
      setError(error as Error);
    }
    setIsLoading(false);
  }

  return (
    <section className="tutors" aria-labelledby="tutors" aria-busy={isLoading}>
      <table className="numbers">
        <caption>
          <h3 id="tutors">{t.statistics.tutors}</h3>
        </caption>
        <thead>
          <tr>
            {(["tutor", "changed", "added", "removed", "late"] as const).map((column) => (
              <th key={column} scope="col">
                {t.statistics.tables[column]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {pages.tutors.map(({ tutorId, changes, slotsAdded, slotsRemoved, lateRemovals }, number) => (
            <tr key={tutorId}>
              <th scope="row">
                <Link href={linkTo("statistics", tutorId)} title={tutorId} ref={number === start ? firstNewTutor : undefined}>
                  {nameOf(tutorId)}
                </Link>
              </th>
              {[changes, slotsAdded, slotsRemoved, lateRemovals].map((count, column) => (
                <td key={column}>{formatNumber(count)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {error && <ErrorMessage error={error} />}
      {pages.nextCursor !== null && (
        <button aria-disabled={isLoading} onClick={() => isLoading || void showMore()}>
          {t.statistics.showMore}
        </button>
      )}
    </section>
  );
}
