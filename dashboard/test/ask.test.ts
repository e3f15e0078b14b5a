import { expect, test } from "vitest";
import { wantedOf } from "../src/palette/options";
import { parseLink, parseTime } from "../src/why/ask";

const TODAY = "2026-11-30"; // a Monday

test.each([
  ["24 Dec 9:00", "2026-12-24", "09:00"],
  ["24. Dezember 9 Uhr", "2026-12-24", "09:00"],
  ["24. dec. kl. 9", "2026-12-24", "09:00"],
  ["Dec 24, 9:05 pm", "2026-12-24", "21:05"],
  ["December 24th 2027 at 12am", "2027-12-24", "00:00"],
  ["2026-12-24T09:00", "2026-12-24", "09:00"],
  ["2026-12-24 17:30:00", "2026-12-24", "17:30"],
  ["24.12. 9.30", "2026-12-24", "09:30"],
  ["24.12.2027 9:00", "2027-12-24", "09:00"],
  ["24/12 9:00", "2026-12-24", "09:00"],
  ["12/24 9:00", "2026-12-24", "09:00"],
  ["tomorrow 17:00", "2026-12-01", "17:00"],
  ["Today at 5pm", "2026-11-30", "17:00"],
  ["morgen um 17 Uhr", "2026-12-01", "17:00"],
  ["i går kl. 8", "2026-11-29", "08:00"],
  ["Thursday 9:00", "2026-12-03", "09:00"],
  ["Monday 9:00", "2026-11-30", "09:00"],
  ["torsdag 9", "2026-12-03", "09:00"],
  ["Thu 24 Dec 9:00", "2026-12-24", "09:00"],
])("%s is a day and a time", (text, date, time) => {
  expect(parseTime(text, TODAY)).toEqual({ date, time, rest: "" });
});

test("in America, the month is first", () => {
  expect(parseTime("2/3 9:00", TODAY, { isMonthFirst: true })).toMatchObject({ date: "2027-02-03" });
  expect(parseTime("2/3 9:00", TODAY)).toMatchObject({ date: "2027-03-02" });
});

test("a date without a year is the nearest one", () => {
  expect(["22 Nov", "1 Jan", "31 Aug"].map((text) => parseTime(text, TODAY)?.date)).toEqual([
    "2026-11-22",
    "2027-01-01",
    "2026-08-31",
  ]);
});

test("a day alone has no time", () => {
  expect(parseTime("24 Dec", TODAY)).toEqual({ date: "2026-12-24", time: undefined, rest: "" });
});

test("words that say no time are left, also if they would be a weekday of another date", () => {
  expect(parseTime("fre 24 dec 9", TODAY)).toEqual({ date: "2026-12-24", time: "09:00", rest: "fre" });
  expect(parseTime("Freja Holm 24 Dec 9:00", TODAY)).toEqual({ date: "2026-12-24", time: "09:00", rest: "freja holm" });
  expect(parseTime("fre 25 dec 9", TODAY)).toEqual({ date: "2026-12-25", time: "09:00", rest: "" });
});

test.each(["Freja Holm", "", "9:00", "31 Feb 9:00", "user_2ab9"])("“%s” names no day", (text) => {
  expect(parseTime(text, TODAY)).toBeUndefined();
});

test("a time that no clock shows isn't a time", () => {
  expect([parseTime("24 Dec 25:00", TODAY)?.time, parseTime("24 Dec 9:77", TODAY)?.time]).toEqual([undefined, undefined]);
});

test("a link names the moment, and maybe the tutor", () => {
  expect(parseLink("https://book.example.com/freja-holm?at=2026-12-24T09:00")).toEqual({ tutorId: undefined, at: "2026-12-24T09:00" });
  expect(parseLink(" /book?tutor=t1&at=2026-12-24T09:00+01:00 ")).toEqual({ tutorId: "t1", at: "2026-12-24T09:00+01:00" });
  expect(parseLink("http://x.test/why?at=2026-12-24T08%3A00%3A00Z#top")).toEqual({ tutorId: undefined, at: "2026-12-24T08:00:00Z" });
  expect(parseLink("https://book.example.com/?tutor=t1")).toEqual({ tutorId: "t1", at: undefined });
  expect(parseLink("https://book.example.com/?at=soon")).toEqual({ tutorId: undefined, at: undefined });
  expect(parseLink("24 Dec 9:00")).toBeUndefined();
});

test("a word for a day may also be the beginning of a tutor's name", () => {
  const wanted = (text: string) => [wantedOf(text, "2026-11-30").asked?.date, wantedOf(text, "2026-11-30").tutor];
  expect(wanted("fre")).toEqual(["2026-12-04", "fre"]);
  expect(wanted("fre 9:00")).toEqual(["2026-12-04", undefined]);
  expect(wanted("Freja 24 Dec")).toEqual(["2026-12-24", "freja"]);
});
