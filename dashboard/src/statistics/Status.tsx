interface StatusProps {
  isLoading: boolean;
  isComplete: boolean | undefined;
  /** Whether the numbers are complete, in words; missing before they are here. */
  text: string | undefined;
}

/** Says whether the numbers are complete. It always has its line, so that nothing moves when they come. */
export function Status({ isLoading, isComplete, text }: StatusProps) {
  return (
    <p role="status" className={isComplete === false ? "note completeness wrong" : "note completeness"}>
      {isLoading || text === undefined ? "Counting …" : text}
    </p>
  );
}
