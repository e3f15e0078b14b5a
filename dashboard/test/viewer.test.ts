import { expect, test } from "vitest";
import { claimsOf, visibleView } from "../src/viewer";

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
  const visitor = { role: "visitor", isSignedIn: false, isStudent: false } as const;
  const student = { role: "student Ben", isSignedIn: true, isStudent: true } as const;
  for (const viewer of [visitor, student]) {
    expect((["week", "history", "statistics", "platform", "free", undefined] as const).map((view) => visibleView(view, viewer))).toEqual(
      Array(6).fill("free"),
    );
  }
  expect([visibleView("find", visitor), visibleView("find", student)]).toEqual(["find", "find"]);
  const tutor = { role: "tutor", isSignedIn: true, isStudent: false } as const;
  expect([visibleView("platform", tutor), visibleView("history", tutor), visibleView(undefined, tutor)]).toEqual([
    "statistics",
    "history",
    "week",
  ]);
  expect(visibleView("platform", { role: "admin", isSignedIn: true, isStudent: false })).toBe("platform");
});

test("outside the demo, the address sets the view; by default, it is the week, or the free times for students and if signed out", () => {
  expect(visibleView("platform", { role: null, isSignedIn: false, isStudent: false })).toBe("platform");
  expect(visibleView(undefined, { role: null, isSignedIn: true, isStudent: false })).toBe("week");
  expect(visibleView(undefined, { role: null, isSignedIn: true, isStudent: true })).toBe("free");
  expect(visibleView(undefined, { role: null, isSignedIn: false, isStudent: false })).toBe("free");
});
