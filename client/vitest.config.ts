import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // All files share a database, which some tests make unreachable.
    fileParallelism: false,
    // A guard against hanging on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
