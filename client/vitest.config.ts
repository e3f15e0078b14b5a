import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Run one file at a time: all files share a database, which some tests make unreachable.
    fileParallelism: false,
    // These limits stop tests that hang. They are high, because tests are slow on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
