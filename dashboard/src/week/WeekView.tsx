import type { Api } from "slotledger-client";

/** To come. */
export default function WeekView({ tutorId }: { api: Api; tutorId: string; isAdmin: boolean }) {
  return <h2>WeekView {tutorId}</h2>;
}
