/** What a value is, for an error about its type: `Float64Array`, `Object`, `null`, `string`. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? Object.prototype.toString.call(value).slice(8, -1) : typeof value;
}
