import { useId, useRef, useState } from "react";
import { initialsOf, shortId } from "../labels";
import { language, setLanguage, t } from "../texts";
import { LANGUAGES } from "../texts/language";
import type { Language } from "../texts/language";
import { roleName } from "../viewer";
import type { Role, Viewer } from "../viewer";
import { forgetDrafts, unsavedDrafts } from "../useDrafts";
import { Icon } from "./Icon";
import { THEMES, readTheme, setTheme } from "./theme";
import type { Theme } from "./theme";

/** A button that opens a menu: who looks at the page, in which language and colours, and how to sign out. */
export function AccountMenu({ viewer, reference }: { viewer: Viewer; reference: string | null }) {
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);
  const [theme, chooseTheme] = useState(readTheme);
  const initials = initialsOf(viewer.name);
  return (
    <>
      <button className="account" popoverTarget={id}>
        <span className="hidden">{t.menu.name}</span>
        <span className="avatar" aria-hidden="true">
          {initials || <Icon name="person" />}
        </span>
      </button>
      <div ref={menu} id={id} popover="auto" className="menu" role="group" aria-label={t.menu.name}>
        {viewer.role === null ? (
          <p>{viewer.isSignedIn ? (viewer.name ?? t.menu.user(shortId(viewer.userId ?? ""))) : t.menu.visitor}</p>
        ) : (
          <label>
            {t.menu.lookAs}
            <select
              value={viewer.role}
              onChange={(event) => {
                menu.current!.hidePopover();
                viewer.setRole(event.target.value as Role);
              }}
            >
              {viewer.roles.map((role) => (
                <option key={role} value={role}>
                  {roleName(role)}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          {t.menu.language}
          <select value={language} onChange={(event) => void setLanguage(event.target.value as Language)}>
            {Object.entries({ [language]: language, ...LANGUAGES }).map(([code, name]) => (
              <option key={code} value={code} lang={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t.menu.theme}
          <select
            value={theme}
            onChange={(event) => {
              chooseTheme(event.target.value as Theme);
              setTheme(event.target.value as Theme);
            }}
          >
            {THEMES.map((each) => (
              <option key={each} value={each}>
                {t.menu.themes[each]}
              </option>
            ))}
          </select>
        </label>
        {reference !== null && (
          <span>
            {t.bar.forDevelopers} <a href={reference}>{t.bar.reference}</a>
          </span>
        )}
        {viewer.role === null && viewer.isSignedIn && (
          <button
            onClick={() => {
              menu.current!.hidePopover();
              forgetDrafts(viewer.userId);
              viewer.setToken(null);
            }}
          >
            {unsavedDrafts(viewer.userId).length > 0 ? t.menu.signOutAndDrop : t.menu.signOut}
          </button>
        )}
      </div>
    </>
  );
}
