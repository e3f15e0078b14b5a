import type { ReactNode } from "react";
import { Link } from "wouter";
import { linkTo } from "../links";
import { t } from "../texts";

interface PlatformFrameProps {
  show: "late" | "numbers";
  isBusy: boolean;
  children: ReactNode;
}

/** The title of the view of all tutors, with the choice between its two halves. */
export function PlatformFrame({ show, isBusy, children }: PlatformFrameProps) {
  return (
    <section className="statistics" aria-labelledby="platform" aria-busy={isBusy}>
      <div className="bar">
        <h2 id="platform">{t.views.platform}</h2>
        <nav className="segments" aria-label={t.late.tabs}>
          <Link href={linkTo("platform")} aria-current={show === "late" ? "page" : undefined}>
            {t.late.tab}
          </Link>
          <Link href={linkTo("platform", undefined, "show=numbers")} aria-current={show === "numbers" ? "page" : undefined}>
            {t.late.numbers}
          </Link>
        </nav>
      </div>
      {children}
    </section>
  );
}
