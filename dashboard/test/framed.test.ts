import { afterEach, beforeEach, expect, test, vi } from "vitest";

const PAGE = {};
const ALLOWED = ["https://a.example", "https://b.example"];

beforeEach(() => {
  vi.resetModules();
  vi.stubGlobal("window", { parent: PAGE });
  vi.stubGlobal("location", { search: "?theme=dark" });
  vi.stubGlobal("document", { referrer: "" });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.stubGlobal("navigator", { language: "en-GB", languages: ["en-GB"] });
});

const message = (source: unknown, origin: string, data: unknown) => ({ source, origin, data }) as MessageEvent;
const TOKEN = { type: "slotledger:token", token: "a.b.c" };

test("the page around a frame hands over a token, or null for a visitor", async () => {
  const { isFramed, themeOfAddress, tokenIn } = await import("../src/embed/framed");
  expect([isFramed, themeOfAddress()]).toEqual([true, "dark"]);
  expect(tokenIn(message(PAGE, "https://a.example", TOKEN), ALLOWED)).toBe("a.b.c");
  expect(tokenIn(message(PAGE, "https://a.example", { ...TOKEN, token: null }), ALLOWED)).toBeNull();
});

test.each([
  ["another window", {}, "https://a.example", TOKEN],
  ["another origin", PAGE, "https://c.example", TOKEN],
  ["a sandboxed page", PAGE, "null", TOKEN],
  ["a message of another program", PAGE, "https://a.example", { type: "webpackOk" }],
  ["no object", PAGE, "https://a.example", null],
  ["no text", PAGE, "https://a.example", { ...TOKEN, token: {} }],
])("a message is ignored: %s", async (_, source, origin, data) => {
  const { tokenIn } = await import("../src/embed/framed");
  expect(tokenIn(message(source, origin, data), ALLOWED)).toBeUndefined();
});

test.each([
  ["the browser names the page", { ancestorOrigins: ["https://b.example"] }, "", ["https://b.example"]],
  ["the browser names the nearest of two pages", { ancestorOrigins: ["https://c.example", "https://a.example"] }, "", []],
  ["only the referrer names it", {}, "https://a.example/page", ["https://a.example"]],
  ["nothing names it, so the browser compares the origin of each message", {}, "", ALLOWED],
])("messages go to allowed origins: %s", async (_, location, referrer, expected) => {
  vi.stubGlobal("location", { search: "", ...location });
  vi.stubGlobal("document", { referrer });
  const { recipients } = await import("../src/embed/framed");
  expect(recipients(ALLOWED)).toEqual(expected);
});
