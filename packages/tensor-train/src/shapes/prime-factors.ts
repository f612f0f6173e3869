/** The prime factors of `n` with repetition, ascending; none for 1. Trial division, O(sqrt n). */
export function primeFactors(n: number): number[] {
  const factors: number[] = [];
  let rest = n;
  for (let prime = 2; prime * prime <= rest; prime += prime === 2 ? 1 : 2) {
    while (rest % prime === 0) {
      factors.push(prime);
      rest /= prime;
    }
  }
  if (rest > 1) factors.push(rest);
  return factors;
}

/** All divisors of the number with these prime factors, ascending. */
export function divisorsOf(primes: readonly number[]): number[] {
  let divisors = [1];
  let start = 0;
  while (start < primes.length) {
    const prime = primes[start]!;
    let end = start;
    while (primes[end] === prime) end++;
    const known = divisors;
    for (let power = prime, i = start; i < end; i++, power *= prime) {
      divisors = divisors.concat(known.map((divisor) => divisor * power));
    }
    start = end;
  }
  return divisors.sort((a, b) => a - b);
}
