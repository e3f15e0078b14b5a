import { t } from "../texts";

interface CompletenessProps {
  isLoading: boolean;
  isComplete: boolean | undefined;
  /** Undefined while the numbers are loading. */
  text: string | undefined;
}

/** A line that says whether the numbers are complete. While the numbers are loading, it says so. */
export function Completeness({ isLoading, isComplete, text }: CompletenessProps) {
  return (
    <p role="status" className={isComplete === false ? "note completeness incomplete" : "note completeness"}>
      {isLoading || text === undefined ? t.loading : text}
    </p>
  );
}
