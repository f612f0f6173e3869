import type { MeasuredCandidate } from './measurement.ts';

/** Of so many single kinds the best candidate goes on, and is trained with more seeds: the order of one seed is not certain. */
const SINGLES = 2;

/** The best candidates of so many single kinds, one of each, the best first. */
export function bestSingles(ranked: readonly MeasuredCandidate[], count = SINGLES): MeasuredCandidate[] {
  const singles = ranked.filter(({ single }) => single !== undefined);
  const isFirst = ({ single }: MeasuredCandidate, at: number) =>
    singles.findIndex((each) => each.single === single) === at;
  return singles.filter(isFirst).slice(0, count);
}

/** So many, at least two, in their order: the best of single kinds, and the best of all. */
export function withSingles(ranked: readonly MeasuredCandidate[], count: number): MeasuredCandidate[] {
  const size = Math.max(2, count);
  const singles = bestSingles(ranked, Math.min(SINGLES, size - 1));
  const kept = [...new Set([...singles, ...ranked])].slice(0, size);
  return ranked.filter((candidate) => kept.includes(candidate));
}

/** Whether what was measured of a rung can stand for it: one of a single kind is among them, or in none of the rung. */
export function isEnough(through: readonly MeasuredCandidate[], rung: readonly MeasuredCandidate[]): boolean {
  const isSingle = ({ single }: MeasuredCandidate) => single !== undefined;
  return through.length > 0 && (through.some(isSingle) || !rung.some(isSingle));
}
