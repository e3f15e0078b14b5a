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
  const student = { role: "student", isSignedIn: false } as const;
  expect((["week", "history", "statistics", "platform", "free", undefined] as const).map((view) => visibleView(view, student))).toEqual(
    Array(6).fill("free"),
  );
  const tutor = { role: "tutor", isSignedIn: true } as const;
  expect([visibleView("platform", tutor), visibleView("history", tutor), visibleView(undefined, tutor)]).toEqual([
    "statistics",
    "history",
    "week",
  ]);
  expect(visibleView("platform", { role: "admin", isSignedIn: true })).toBe("platform");
});

test("outside the demo, the address sets the view; by default, it is the week, or the free times if signed out", () => {
  expect(visibleView("platform", { role: null, isSignedIn: false })).toBe("platform");
  expect(visibleView(undefined, { role: null, isSignedIn: true })).toBe("week");
  expect(visibleView(undefined, { role: null, isSignedIn: false })).toBe("free");
});
