import { expect, test } from "vitest";
import type { View } from "../src/links";
import { claimsOf, viewsOf, visibleView } from "../src/viewer";
import type { Face } from "../src/viewer";

const token = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2lnbmVk`;

test("the claims of a token may have non-ASCII letters", () => {
  expect(claimsOf(token({ sub: "Åse ÿ?>", app_metadata: { role: "admin" } }))).toEqual({
    sub: "Åse ÿ?>",
    app_metadata: { role: "admin" },
  });
});

test("a text with fewer than three parts or without a subject isn't a token", () => {
  const [head, claims] = token({ sub: "somebody" }).split(".");
  expect([`${head}.${claims}`, `${head}.${claims}.`, "a.e30", "", "..", token({}), token(null)].map(claimsOf)).toEqual(
    Array(7).fill(null),
  );
});

test("in the demo, another view is shown if the role can't see the view of the address", () => {
  const visitor = { role: "visitor", isSignedIn: false, face: "student" } as const;
  const student = { role: "student Ben", isSignedIn: true, face: "student" } as const;
  for (const viewer of [visitor, student]) {
    expect(
      (["week", "history", "statistics", "platform", "book", undefined] as const).map((view) => visibleView(view, viewer)),
    ).toEqual(Array(6).fill("book"));
  }
  expect([visibleView("lessons", visitor), visibleView("lessons", student)]).toEqual(["book", "lessons"]);
  const tutor = { role: "tutor", isSignedIn: true, face: "tutor" } as const;
  expect([visibleView("platform", tutor), visibleView("history", tutor), visibleView(undefined, tutor)]).toEqual([
    "statistics",
    "history",
    "week",
  ]);
  expect(visibleView("platform", { role: "admin", isSignedIn: true, face: "support" })).toBe("platform");
});

test("outside the demo, the address sets the view; by default, it is the first one of the viewer's face", () => {
  const shown = (view: View | undefined, isSignedIn: boolean, face?: Face) =>
    visibleView(view, { role: null, isSignedIn, face });
  expect(shown("platform", false, "student")).toBe("platform");
  expect(shown("sign-in", false, "student")).toBe("sign-in");
  expect(shown(undefined, false, "student")).toBe("book");
  for (const view of [undefined, "sign-in"] as const) {
    expect((["student", "tutor", "support", undefined] as const).map((face) => shown(view, true, face))).toEqual([
      "book",
      "week",
      "history",
      undefined,
    ]);
  }
});

test("the navigation has the views of the face", () => {
  const all = { hasBookings: true, hasSchedules: true };
  expect(viewsOf("student", all)).toEqual(["book", "lessons"]);
  expect(viewsOf("student", { ...all, hasBookings: false })).toEqual(["book"]);
  expect(viewsOf("tutor", all)).toEqual(["week", "usual", "history", "statistics"]);
  expect(viewsOf("support", { ...all, hasSchedules: false })).toEqual(["history", "why", "week", "statistics", "platform"]);
});
