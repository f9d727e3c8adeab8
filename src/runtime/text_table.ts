/** Rows of text as a table of aligned columns. Pure. */

/**
 * Lines of a table: each column as wide as its widest cell, two spaces between columns.
 *
 * @param rows of equal length; the first is usually the header
 * @param isText whether a column (from 0) is text, that begins at its left edge; others end at their right edge
 */
export function tableLines(
  rows: readonly (readonly string[])[],
  isText: (column: number) => boolean = (column) => column === 0,
): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, column) => isText(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))
      .join("  ").trimEnd()
  );
}
