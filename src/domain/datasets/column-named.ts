/** The column of a name; where none has it as it is written, the only one that has it in another case. */
export function columnNamed<Column extends { name: string }>(
  columns: readonly Column[],
  name: string,
): Column | undefined {
  const exact = columns.find((column) => column.name === name)
  if (exact) return exact
  const folded = name.toLowerCase()
  const alike = columns.filter((column) => column.name.toLowerCase() === folded)
  return alike.length === 1 ? alike[0] : undefined
}
