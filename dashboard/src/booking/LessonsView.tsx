import type { Api } from "slotledger-client";
import { viewersZone } from "../time";
import { Holds } from "./Holds";
import { YourBookings } from "./YourBookings";
import { useHolds } from "./useHolds";

/** The student's lessons of all tutors, and the slots that are held for them. */
export default function LessonsView({ api }: { api: Api }) {
  const zone = viewersZone();
  const holding = useHolds(api, null, zone);
  return (
    <section aria-busy={holding.isLoading}>
      <Holds {...{ holding, zone }} />
      <YourBookings {...{ holding, zone }} />
    </section>
  );
}
