/** A categorical value in the eight digits that its file has. */
export function hexOf(value: number): string {
  return value.toString(16).padStart(8, '0');
}
