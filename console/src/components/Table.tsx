import type { KeyboardEvent, ReactNode } from "react";

export interface Column<Row> {
  title: string;
  /** A short name for the styles of the column, such as `created`. */
  name: string;
  cell: (row: Row) => ReactNode;
  /** A title that only screen readers need, because the cells speak for themselves. */
  isTitleHidden?: boolean;
}

interface TableProps<Row> {
  /** What the table lists, for screen readers. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** Dims the rows while newer ones are on their way. */
  isStale?: boolean;
  className?: string;
}

/**
 * A table that becomes a list of cards on a narrow screen. The arrow keys move from row to row: focus is on the first
 * link or button of a row.
 */
export function Table<Row>({ caption, columns, rows, keyOf, isStale, className }: TableProps<Row>) {
  return (
    <div className="table-frame">
      <table className={className} aria-busy={isStale || undefined} onKeyDown={moveByArrows}>
        <caption className="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, name, isTitleHidden }) => (
              <th key={name} scope="col" className={`column-${name}`}>
                {isTitleHidden ? <span className="unseen">{title}</span> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ title, name, cell }) => (
                <td key={name} className={`column-${name}`} data-title={title}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const STEPS: Record<string, (index: number, count: number) => number> = {
  ArrowDown: (index, count) => Math.min(index + 1, count - 1),
  ArrowUp: (index) => Math.max(index - 1, 0),
  Home: () => 0,
  End: (_, count) => count - 1,
};

function moveByArrows(event: KeyboardEvent<HTMLTableElement>) {
  const step = STEPS[event.key];
  const row = (event.target as Element).closest("tbody tr");
  if (!step || !row || event.altKey || event.ctrlKey || event.metaKey) return;
  const rows = [...event.currentTarget.querySelectorAll("tbody tr")];
  const next = rows[step(rows.indexOf(row), rows.length)];
  event.preventDefault();
  next?.querySelector<HTMLElement>("a[href], button:not([disabled])")?.focus();
}

/** The outline of a table whose rows are on their way. */
export function TableSkeleton({ rows = 10 }: { rows?: number }) {
  return (
    <div className="table-frame skeleton-table" role="status">
      <span className="unseen">Loading …</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="skeleton-row" aria-hidden="true">
          <span className="bone round" />
          <span className="bone" />
          <span className="bone" />
          <span className="bone short" />
        </div>
      ))}
    </div>
  );
}
