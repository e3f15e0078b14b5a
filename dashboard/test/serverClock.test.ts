import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { noteServerTime, serverNow } from "../src/serverClock";

const NOW = Date.parse("2026-12-01T12:00:00Z");

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => {
  vi.setSystemTime(NOW);
  noteServerTime(new Date(NOW).toUTCString());
  vi.useRealTimers();
});

test("a wrong clock is corrected by the server's, also if the header comes twice", () => {
  noteServerTime("Tue, 01 Dec 2026 11:00:00 GMT, Tue, 01 Dec 2026 11:00:00 GMT");
  expect(serverNow()).toBe(Date.parse("2026-12-01T11:00:00.500Z"));
});

test("a difference that the header can't tell changes nothing, so that a countdown doesn't jump", () => {
  noteServerTime("Tue, 01 Dec 2026 11:00:00 GMT");
  noteServerTime("Tue, 01 Dec 2026 11:00:01 GMT");
  expect(serverNow()).toBe(Date.parse("2026-12-01T11:00:00.500Z"));
  noteServerTime("Tue, 01 Dec 2026 11:59:59 GMT");
  expect(serverNow()).toBe(NOW);
});

test.each([null, "soon"])("without an instant in the header, nothing changes", (header) => {
  noteServerTime(header);
  expect(serverNow()).toBe(NOW);
});
