import type { Api } from "slotledger-client";

/** To come. */
export default function HistoryView({ tutorId }: { api: Api; tutorId: string }) {
  return <h2>HistoryView {tutorId}</h2>;
}
