import { expect, test } from "vitest";
import { claimsOf } from "../src/viewer";

const token = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2lnbmVk`;

test("a token says whose it is, in whichever letters", () => {
  expect(claimsOf(token({ sub: "Åse ÿ?>", app_metadata: { role: "admin" } }))).toEqual({
    sub: "Åse ÿ?>",
    app_metadata: { role: "admin" },
  });
});

test("what has fewer parts, or is nobody's, isn't a token", () => {
  const [head, claims] = token({ sub: "somebody" }).split(".");
  expect([`${head}.${claims}`, `${head}.${claims}.`, "a.e30", "", "..", token({}), token(null)].map(claimsOf)).toEqual(
    Array(7).fill(null),
  );
});
