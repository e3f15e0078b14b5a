/** What a plot shows, as a table: a row's first cell names it. */
export interface Numbers {
  caption: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/** A table of numbers. */
export function NumbersTable({ caption, columns, rows }: Numbers) {
  return (
    <table className="numbers">
      <caption>{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, ...values]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {values.map((value, number) => (
              <td key={number}>{value}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
