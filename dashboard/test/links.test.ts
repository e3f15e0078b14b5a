import { expect, test } from "vitest";
import { linkTo, parseAddress, replacementOf } from "../src/links";

const ID = "00000000-0000-4000-8000-000000000001";

test.each([
  ["#/", "/"],
  [`#/${ID}`, `/?tutor=${ID}`],
  [`#/${ID}/week`, `/week?tutor=${ID}`],
  [`#/${ID}/usual`, `/usual?tutor=${ID}`],
  [`#/${ID}/history`, `/history?tutor=${ID}`],
  [`#/${ID}/statistics`, `/statistics?tutor=${ID}`],
  [`#/${ID}/free`, `/book?tutor=${ID}`],
  ["#//week", "/week"],
  ["#/platform", "/platform"],
  ["#/find", "/book"],
  ["#/find?date=2027-10-01&from=16&minutes=45&tag=maths", "/book?date=2027-10-01&from=16&minutes=45&tag=maths"],
  ["#free", undefined],
  ["", undefined],
])("the address %j of version 1 leads to %j", (old, expected) => {
  expect(replacementOf(old)).toBe(expected);
});

test("an address names a view, a tutor and a search", () => {
  expect(parseAddress(linkTo("week", ID))).toEqual({ view: "week", tutorId: ID, query: `tutor=${ID}` });
  expect(parseAddress("/book?tag=a%26b")).toEqual({ view: "book", tutorId: undefined, query: "tag=a%26b" });
  expect(parseAddress("/nothing?tutor=")).toEqual({ view: undefined, tutorId: undefined, query: "tutor=" });
});

test("the platform and one's own lessons are of no tutor", () => {
  expect([linkTo("platform", ID), linkTo("lessons", ID)]).toEqual(["/platform", "/lessons"]);
});
