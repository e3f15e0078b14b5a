/** A number that matters: its name, its value, and what it means. */
export type Fact = readonly [name: string, value: string | undefined, meaning?: string];

/** The numbers that matter most; those that aren't here yet have their room. */
export function Headline({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="headline">
      {facts.map(([name, value, meaning]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <strong>{value ?? "…"}</strong>
            <span>{meaning}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
