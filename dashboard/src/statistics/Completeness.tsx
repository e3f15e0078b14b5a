interface CompletenessProps {
  isLoading: boolean;
  isComplete: boolean | undefined;
  /** Undefined while the numbers are loading. */
  text: string | undefined;
}

/** A line that says whether the numbers are complete. The line is also there during loading, so that nothing moves. */
export function Completeness({ isLoading, isComplete, text }: CompletenessProps) {
  return (
    <p role="status" className={isComplete === false ? "note completeness incomplete" : "note completeness"}>
      {isLoading || text === undefined ? "Loading …" : text}
    </p>
  );
}
