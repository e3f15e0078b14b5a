import type { Api } from "slotledger-client";

/** To come. */
export default function PlatformView({}: { api: Api }) {
  return <h2>PlatformView </h2>;
}
