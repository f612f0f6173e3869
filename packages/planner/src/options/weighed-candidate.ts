import { cautiousLoss } from '../losses/hypotheses.ts';
import { percent, type Candidate, type OptionGenerator, type TableToPlan } from './option-generator.ts';

/** A candidate under every hypothesis. */
export interface WeighedCandidate extends Candidate {
  /** The loss under each hypothesis; `loss` is the cautious one of them. */
  readonly losses: readonly number[];
  grow?(bytes: number): WeighedCandidate | undefined;
}

/** The candidates of a generator for one table under each hypothesis, matched by their configs. */
export function weighedCandidates(
  generator: OptionGenerator,
  tables: readonly TableToPlan[],
): WeighedCandidate[] {
  const [first, ...others] = tables.map((table) => [...generator.candidates(table)]);
  const keyed = others.map((list) => new Map(list.map((candidate) => [keyOf(candidate), candidate])));
  return first!.flatMap((candidate) =>
    weighed([candidate, ...keyed.map((map) => map.get(keyOf(candidate)))]),
  );
}

/** None if a hypothesis does not have it. */
function weighed(candidates: readonly (Candidate | undefined)[]): WeighedCandidate[] {
  const each = candidates.filter((candidate) => candidate !== undefined);
  if (each.length < candidates.length) return [];
  const first = each[0]!;
  const losses = each.map(({ loss }) => loss);
  return [
    {
      ...first,
      loss: cautiousLoss(losses),
      losses,
      explain: () => {
        const most = Math.max(...losses);
        if (most <= first.loss) return first.explain();
        return `${first.explain()}; by other assumptions the table loses up to ${percent(most)}`;
      },
      grow(bytes) {
        const grown = each.map((candidate) => candidate.grow?.(bytes));
        const key = grown[0] && keyOf(grown[0]);
        return grown.every((one) => one !== undefined && keyOf(one) === key) ? weighed(grown)[0] : undefined;
      },
    },
  ];
}

function keyOf({ config }: Candidate): string {
  return JSON.stringify(config);
}
