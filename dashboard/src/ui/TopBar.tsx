import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { linkTo } from "../links";
import { t } from "../texts";
import { placeOf, timeIn } from "../time";
import type { Viewer } from "../viewer";
import { useZone } from "../zone";
import { AccountMenu } from "./AccountMenu";
import { Icon } from "./Icon";
import type { IconName } from "./Icon";

/** A link of the navigation. */
export interface NavigationLink {
  href: string;
  name: string;
  /** The name in the tabs of a phone, if it is another one. */
  shortName?: string;
  icon: IconName;
  isCurrent: boolean;
  isUnsaved: boolean;
}

interface TopBarProps {
  links: readonly NavigationLink[];
  viewer: Viewer;
  /** The tutor whose free times the visitor saw last. */
  tutorId: string | undefined;
  /** The URL of the API reference, or null if this server has none. */
  reference: string | null;
  /** The choice of a tutor, if there is one. */
  children: ReactNode;
}

/** The bar at the top: the views, whose page it is, what time it is for the viewer, and the menu of the account. */
export function TopBar({ links, viewer, tutorId, reference, children }: TopBarProps) {
  return (
    <header className="top">
      <h1 className="mark">Slotledger</h1>
      {links.length > 0 && (
        <nav aria-label={t.bar.views}>
          {links.map((link) => (
            <Link key={link.href} href={link.href} aria-current={link.isCurrent ? "page" : undefined}>
              {link.name}
              {link.isUnsaved && <Unsaved />}
            </Link>
          ))}
        </nav>
      )}
      {children}
      <div className="person">
        <Clock />
        {viewer.role === null && !viewer.isSignedIn && <Link href={linkTo("sign-in", tutorId)}>{t.signIn.title}</Link>}
        <AccountMenu {...{ viewer, reference }} />
      </div>
    </header>
  );
}

/** The same links at the bottom of a phone, within reach of the thumb. */
export function Tabs({ links, children }: { links: readonly NavigationLink[]; children?: ReactNode }) {
  return links.length === 0 ? null : (
    <nav className="tabs" aria-label={t.bar.views}>
      {links.map((link) => (
        <Link key={link.href} href={link.href} aria-current={link.isCurrent ? "page" : undefined}>
          <Icon name={link.icon} />
          {link.shortName && <span aria-hidden="true">{link.shortName}</span>}
          <span className={link.shortName && "hidden"}>{link.name}</span>
          {link.isUnsaved && <Unsaved />}
        </Link>
      ))}
      {children}
    </nav>
  );
}

function Unsaved() {
  return (
    <>
      <span className="unsaved-mark" />
      <span className="hidden"> {t.bar.notSaved}</span>
    </>
  );
}

/** The viewer's zone and the time there. */
function Clock() {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setTimeout(() => setNow(new Date()), 60_000 - (now.getTime() % 60_000));
    return () => clearTimeout(timer);
  }, [now]);
  const zone = useZone();
  return (
    <span className="clock">
      <span className="wide">{zone.includes("/") ? t.bar.place(placeOf(zone)) : zone} · </span>
      {timeIn(zone, now)}
    </span>
  );
}
