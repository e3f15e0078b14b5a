import { vi } from "vitest";

// Node's own locale is that of the machine.
vi.stubGlobal("navigator", { language: "en-GB", languages: ["en-GB"] });
