/** A value with its name and an explanation. The value is undefined while it is loading. */
export type Fact = readonly [name: string, value: string | undefined, explanation?: string];

/** The most important values of the statistics. */
export function Headline({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="headline">
      {facts.map(([name, value, explanation]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <strong>{value ?? "…"}</strong>
            <span>{explanation}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
