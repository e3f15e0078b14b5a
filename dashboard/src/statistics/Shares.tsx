import { formatNumber } from "../labels";
import { t } from "../texts";

/** A row of the table; `title` is the tooltip of its name. */
export interface Share {
  name: string;
  title?: string;
  slots: number;
}

/** A table of numbers of slots, each with a bar. Pass the shares ordered by their slots, largest first. */
export function Shares({ title, column, shares }: { title: string; column: string; shares: readonly Share[] }) {
  const largest = Math.max(...shares.map(({ slots }) => slots));
  return (
    <div className="shares">
      <table className="numbers">
        <caption>
          <h3>{title}</h3>
        </caption>
        <thead>
          <tr>
            <th scope="col">{column}</th>
            <th scope="col">{t.statistics.charts.slots}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {shares.map(({ name, title, slots }) => (
            <tr key={title ?? name}>
              <th scope="row" title={title}>
                {name}
              </th>
              <td>{formatNumber(slots)}</td>
              <td aria-hidden="true">
                <div className="share-bar" style={{ width: `${(100 * slots) / largest}%` }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
