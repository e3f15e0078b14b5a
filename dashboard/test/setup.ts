import { vi } from "vitest";
import { loadTextsOf } from "../src/texts";

// Node's own locale is that of the machine.
vi.stubGlobal("navigator", { language: "en-GB", languages: ["en-GB"] });

// A view is loaded together with its texts.
await Promise.all((["week", "usual", "statistics"] as const).map(loadTextsOf));
