/** A number and what is counted, whose plural ends with s: `1 row`, `2000 rows`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
