import { useMemo, useState } from "react";
import type { Api } from "slotledger-client";
import type { Setting } from "./config";
import { store, stored } from "./storage";

/** As whom the demo is looked at. */
export const ROLES = ["tutor", "admin", "student"] as const;
export type Role = (typeof ROLES)[number];

/** Who is looking, and what they may ask. */
export interface Viewer {
  api: Api;
  isSignedIn: boolean;
  /** As the token says; whether it is true, the functions decide. */
  isAdmin: boolean;
  /** Whose token it is. */
  userId: string | null;
  /** The tutor's user, where that is known: to the tutor, and in the demo. */
  tutorsUserId: string | null;
  /** In the demo: as whom it is looked at. Elsewhere there is a token, or none. */
  role: Role | null;
  setRole(role: Role): void;
  setToken(token: string | null): void;
}

// A web app on the same origin may write the token of its own sign-in there, and renew it: it is read for each request.
const TOKEN = "slotledger.token";
const ROLE = "slotledger.role";

/** Returns who is looking at a tutor's page. A token is kept for this tab alone, until it is closed. */
export function useViewer(setting: Setting, tutorId: string | undefined): Viewer {
  const [token, setToken] = useState(() => stored(TOKEN));
  const [role, setRole] = useState(() => ROLES.find((role) => role === stored(ROLE)) ?? "tutor");
  const isDemo = setting.adminToken !== null;
  const own = setting.tutors.find((tutor) => tutor.tutorId === tutorId)?.token ?? null;
  const lent = { tutor: own, admin: setting.adminToken, student: null }[role];
  const api = useMemo(
    () => setting.connect(() => (isDemo ? lent : stored(TOKEN))),
    [setting, isDemo, lent, token],
  );
  const current = isDemo ? lent : token;
  const isAdmin = isDemo ? role === "admin" : token !== null && claimsOf(token)?.app_metadata?.role === "admin";
  const userId = userOf(current);
  return {
    api,
    isSignedIn: current !== null,
    isAdmin,
    userId,
    tutorsUserId: isAdmin ? userOf(own) : userId,
    role: isDemo ? role : null,
    setRole(role) {
      store(ROLE, role);
      setRole(role);
    },
    setToken(token) {
      store(TOKEN, token);
      setToken(token);
    },
  };
}

function userOf(token: string | null): string | null {
  return (token !== null && claimsOf(token)?.sub) || null;
}

/** Returns what a JWT says, unchecked; null if it isn't one, or nobody's. */
export function claimsOf(token: string): { sub: string; app_metadata?: { role?: string } } | null {
  try {
    const [, payload, signature] = token.split(".");
    const text = atob(payload!.replaceAll("-", "+").replaceAll("_", "/"));
    const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0))));
    return signature && typeof claims.sub === "string" ? claims : null;
  } catch {
    return null;
  }
}
