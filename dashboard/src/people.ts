/** Who looks at the page, and whose page it is, as the server knows them. */

import { TutorNotFound } from "slotledger-client";
import { shortId } from "./labels";
import { useAnswer } from "./useAnswer";
import type { Face, Viewer } from "./viewer";

/** The tutor or student who is signed in. */
export interface Me {
  /** Undefined until it is known whether the viewer is a tutor. */
  face?: Face;
  /** The viewer's own tutor, if they are one. In the demo, the address names the tutor. */
  tutorId?: string;
  error?: Error;
  /** Ask again. */
  reload?: () => void;
}

/** Find out whether the viewer is a student, a tutor or an admin. Only the server knows who is a tutor. */
export function useMe(viewer: Pick<Viewer, "api" | "userId" | "role" | "isSignedIn" | "isAdmin">): Me {
  const isNeeded = viewer.role === null && viewer.isSignedIn && !viewer.isAdmin;
  const { answer, error, reload } = useAnswer("me", [viewer.userId, isNeeded], async (signal) => {
    const { userId } = viewer;
    try {
      return { userId, tutorId: isNeeded ? (await viewer.api.tutors.getMe({ signal })).tutorId : undefined };
    } catch (error) {
      if (error instanceof TutorNotFound) {
        return { userId, tutorId: undefined };
      }
      throw error;
    }
  });
  if (!isNeeded) {
    return { face: viewer.isAdmin ? "support" : viewer.role === "tutor" ? "tutor" : "student" };
  }
  const me = answer?.userId === viewer.userId ? answer : undefined;
  return { face: me && (me.tutorId === undefined ? "student" : "tutor"), tutorId: me?.tutorId, error, reload };
}

/** What the booker knows about its viewer. */
export interface BookViewer {
  /** Whether the viewer is a student, who can book. */
  isStudent: boolean;
  /** Whether that is known. Until then, the times are loaded, but not shown: only students have buttons. */
  isKnown: boolean;
  /** Why it isn't known, and a function that asks again. */
  unknown?: { error: Error; retry?: () => void };
}

/** Return whether the viewer can book, as far as the server has answered. */
export function bookViewerOf({ mayBook }: Pick<Viewer, "mayBook">, me: Me, tutor: PageTutor): BookViewer {
  const isStudent = mayBook && (me.face === "student" || tutor.isStudent);
  return {
    isStudent,
    isKnown: me.face !== undefined || me.error !== undefined,
    unknown: mayBook && !isStudent && me.error ? { error: me.error, retry: me.reload } : undefined,
  };
}

/** What the page knows about its tutor. */
export interface PageTutor {
  /** The name, or the end of the id if it isn't known. It is undefined while it is loading, and without a tutor. */
  name?: string;
  userId: string | null;
  /** The zone of the tutor's new slots. It is undefined until the tutor is loaded. */
  timeZone?: string;
  /** Whether the viewer is a student of this tutor. It is false until the tutor is loaded. */
  isStudent: boolean;
}

/** Load the page's tutor, for admins, for those who may be students, and for everybody who looks at the tutor's free times. */
export function usePageTutor(
  viewer: Pick<Viewer, "api" | "userId" | "tutorsUserId" | "isAdmin" | "mayBook">,
  tutorId: string | undefined,
  isNamed: boolean,
): PageTutor {
  const isNeeded = viewer.isAdmin || viewer.mayBook || isNamed;
  const { answer, isLoading } = useAnswer("tutor", [viewer.userId, isNeeded, tutorId], async (signal) =>
    isNeeded && tutorId !== undefined ? viewer.api.tutors.getTutor({ tutorId }, { signal }) : null,
  );
  const shown = answer?.tutorId === tutorId ? answer : undefined;
  const tutor = isLoading || shown === null ? undefined : shown;
  return {
    name: shown?.name ?? (isLoading || !tutorId ? undefined : shortId(tutorId)),
    timeZone: shown?.timeZone,
    userId: tutor?.userId ?? viewer.tutorsUserId,
    isStudent: viewer.mayBook && tutor !== undefined && tutor.userId === undefined, // others get the tutor's user id
  };
}
