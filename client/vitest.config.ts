import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // All tests share one database, and some make it unreachable.
    fileParallelism: false,
    // Limits only for tests that hang. They are generous, because the machine may be busy.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
