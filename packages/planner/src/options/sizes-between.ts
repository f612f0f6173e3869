/** Ratio of neighbouring sizes, and the same for tables whose dense form is a small part of the model. */
const STEP = 1.02;
const COARSE_STEP = 1.05;
const SMALL_PART = 0.02;

/**
 * The sizes in bytes that options grow to, between two sizes. They depend on nothing that is planned: with another budget or
 * more kinds there are the same, and a plan that could be made before can still be made.
 *
 * @param part the share of the table in the bytes of the dense model
 */
export function* sizesBetween(after: number, before: number, part: number): Generator<number> {
  const step = part < SMALL_PART ? COARSE_STEP : STEP;
  for (let k = Math.floor(Math.log(after) / Math.log(step)); ; k++) {
    const bytes = Math.floor(step ** k);
    if (bytes >= before) return;
    if (bytes > after) yield bytes;
  }
}
