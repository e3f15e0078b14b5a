import { numeral } from "../labels";

/** Part of a whole; `title` says more about it. */
export interface Share {
  name: string;
  title?: string;
  changes: number;
}

/** How changes are shared out, largest first, as a table with bars. */
export function Shares({ title, column, shares }: { title: string; column: string; shares: readonly Share[] }) {
  const largest = Math.max(...shares.map(({ changes }) => changes));
  return (
    <div className="shares">
      <table className="numbers">
        <caption>
          <h3>{title}</h3>
        </caption>
        <thead>
          <tr>
            <th scope="col">{column}</th>
            <th scope="col">Changes</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {shares.map(({ name, title, changes }) => (
            <tr key={title ?? name}>
              <th scope="row" title={title}>
                {name}
              </th>
              <td>{numeral(changes)}</td>
              <td aria-hidden="true">
                <div className="bar-of" style={{ width: `${(100 * changes) / largest}%` }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
