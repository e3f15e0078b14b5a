/** The numbers of a chart as a table. The first cell of each row is the row's header. */
export interface Numbers {
  caption: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

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
