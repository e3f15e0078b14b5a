import { useMemo, useState } from "react";
import type { Api } from "slotledger-client";
import type { Settings } from "./config";
import type { View } from "./links";
import { readStored, store } from "./storage";
import { t } from "./texts";
import { clearAnswers } from "./useAnswer";

/** A choice of "Look as" in the demo: the tutor, an admin, a visitor without a token, or a student by name. */
export type Role = "tutor" | "admin" | "visitor" | `student ${string}`;

/** What the page is for: to book lessons, to offer times, or to help tutors. A visitor sees what a student sees. */
export type Face = "student" | "tutor" | "support";

/** The person who looks at the page, with an API that sends their token. */
export interface Viewer {
  api: Api;
  isSignedIn: boolean;
  /** Whether the token is an admin's. The functions check the token's signature; the page doesn't. */
  isAdmin: boolean;
  userId: string | null;
  /** The name in the token, if it has one. */
  name: string | null;
  /**
   * The user id of the tutor whose page this is. For admins, it is read from the tutor's token in the demo, and is null
   * if there is no such token: then it is the answer of `GET /tutors`. For other viewers, it is their own id: they are this tutor, or get no data.
   */
  tutorsUserId: string | null;
  /** Whether the viewer may be a student, who books slots. */
  mayBook: boolean;
  /** The choice under "Look as" in the demo; null outside the demo. */
  role: Role | null;
  /** All choices under "Look as". */
  roles: readonly Role[];
  setRole(role: Role): void;
  setToken(token: string | null): void;
}

// A web app on the same origin may write the token under this key and renew it: read it again for each request.
const TOKEN = "slotledger.token";
const ROLE = "slotledger.role";

/** Return the viewer of a tutor's page. The token is stored until the tab is closed. */
export function useViewer(settings: Settings, tutorId: string | undefined): Viewer {
  const [token, setToken] = useState(() => readStored(TOKEN));
  const studentTokens = new Map(settings.students.map(({ name, token }): [Role, string] => [`student ${name}`, token]));
  const roles: Role[] = ["tutor", "admin", ...studentTokens.keys(), "visitor"];
  const [role, setRole] = useState(() => roles.find((role) => role === readStored(ROLE)) ?? "tutor");
  const isDemo = settings.adminToken !== null;
  const tutorToken = settings.tutors.find((tutor) => tutor.tutorId === tutorId)?.token ?? null;
  const demoToken = { tutor: tutorToken, admin: settings.adminToken }[role as string] ?? studentTokens.get(role) ?? null;
  const api = useMemo(
    () => settings.createApi(() => (isDemo ? demoToken : readStored(TOKEN))),
    [settings, isDemo, demoToken, token],
  );
  const currentToken = isDemo ? demoToken : token;
  const isAdmin = isDemo ? role === "admin" : token !== null && claimsOf(token)?.app_metadata?.role === "admin";
  const userId = userIdOf(currentToken);
  return {
    api,
    isSignedIn: currentToken !== null,
    isAdmin,
    userId,
    name: (currentToken !== null && claimsOf(currentToken)?.user_metadata?.name) || null,
    tutorsUserId: isAdmin ? userIdOf(tutorToken) : userId,
    mayBook: settings.hasBookings && (isDemo ? studentTokens.has(role) : token !== null && !isAdmin),
    role: isDemo ? role : null,
    roles,
    setRole(role) {
      store(ROLE, role);
      clearAnswers();
      setRole(role);
    },
    setToken(token) {
      store(TOKEN, token);
      clearAnswers();
      setToken(token);
    },
  };
}

/** Return the name of a choice of "Look as". */
export function roleName(role: Role): string {
  return (t.menu.roles as Record<string, string>)[role] ?? t.menu.student(role.replace("student ", ""));
}

/** Return the views that a signed-in person finds in the navigation, the first one first. The finder has the others. */
export function viewsOf(face: Face, { hasBookings, hasSchedules }: Pick<Settings, "hasBookings" | "hasSchedules">): View[] {
  if (face === "student") {
    return hasBookings ? ["book", "lessons"] : ["book"];
  }
  const views: View[] =
    face === "tutor" ? ["week", "usual", "history", "statistics"] : ["history", "why", "week", "statistics", "platform"];
  return views.filter((view) => view !== "usual" || hasSchedules);
}

/**
 * Return the view of the address. If it names none, return the first view of the face, or undefined until the face is
 * known. In the demo, return another view if the role can't see this one.
 */
export function visibleView(
  view: View | undefined,
  { role, isSignedIn, face }: Pick<Viewer, "role" | "isSignedIn"> & { face: Face | undefined },
): View | undefined {
  if (role === "visitor" || role?.startsWith("student ")) {
    return view === "lessons" && isSignedIn ? view : "book";
  }
  if (role === "tutor" && view === "platform") {
    return "statistics";
  }
  if (view !== undefined && (view !== "sign-in" || !isSignedIn)) {
    return view;
  }
  return face && { student: "book" as const, tutor: "week" as const, support: "history" as const }[face];
}

/** Return the user id in a token, or null. */
function userIdOf(token: string | null): string | null {
  return (token !== null && claimsOf(token)?.sub) || null;
}

/** The claims that the page reads. The functions may be set to read others. */
interface Claims {
  sub: string;
  app_metadata?: { role?: string };
  user_metadata?: { name?: string };
}

/** Return the claims of a JWT without checking its signature. Return null if it isn't a JWT or has no `sub`. */
export function claimsOf(token: string): Claims | null {
  try {
    const [, payload, signature] = token.split(".");
    const text = atob(payload!.replaceAll("-", "+").replaceAll("_", "/"));
    const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0))));
    return signature && typeof claims.sub === "string" ? claims : null;
  } catch {
    return null;
  }
}
