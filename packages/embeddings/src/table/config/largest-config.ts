/**
 * The config of the largest number from `least` to `most` whose bytes, which grow with it, fit; that of `least` if none does,
 * and where all take the same.
 */
export function largestConfig<Config>(
  make: (n: number) => Config,
  within: {
    readonly least: number;
    readonly most: number;
    readonly bytes: number;
    readonly bytesOf: (config: Config) => number;
  },
): Config {
  const { least, most, bytes, bytesOf } = within;
  // A TT-matrix of one core has no rank to choose.
  if (bytesOf(make(least)) === bytesOf(make(most))) return make(least);
  let [low, high] = [least, most + 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (bytesOf(make(middle)) <= bytes) low = middle;
    else high = middle;
  }
  return make(low);
}
