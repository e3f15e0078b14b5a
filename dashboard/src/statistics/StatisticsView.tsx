import type { Api } from "slotledger-client";

/** To come. */
export default function StatisticsView({ tutorId }: { api: Api; tutorId: string }) {
  return <h2>StatisticsView {tutorId}</h2>;
}
