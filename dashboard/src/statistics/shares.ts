import type { ChangeStats } from "slotledger-client";
import { authorName } from "../labels";
import type { UserIds } from "../labels";
import { reasonName } from "./labels";
import type { Share } from "./Shares";

/** Return the slots that were changed for each reason, most first. */
export function sharesByReason({ byReason }: Pick<ChangeStats, "byReason">): Share[] {
  return Object.entries(byReason)
    .map(([reason, slots]) => ({ name: reasonName(reason), slots }))
    .sort((one, other) => other.slots - one.slots);
}

/** Return the slots that each user changed, most first. */
export function sharesByUser({ byUser }: Pick<ChangeStats, "byUser">, users: UserIds): Share[] {
  return byUser.map(({ userId, changes }) => ({ name: authorName(userId, users), title: userId ?? undefined, slots: changes }));
}
