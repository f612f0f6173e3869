/** Milliseconds with one digit after the point; clocks of pages are coarse. */
export function formatMilliseconds(value: number): string {
  return value < 0.1 ? 'under 0.1 ms' : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

export function formatFilms(count: number): string {
  return count === 1 ? '1 film' : `${count.toLocaleString('en')} films`;
}

export function formatKilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}

/** A share, with as many digits after the point as are asked for. */
export function percent(share: number, digits = 0): string {
  return `${(100 * share).toFixed(digits)} %`;
}
