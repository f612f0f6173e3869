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
  const finders = others.map(finderOf);
  return first!.flatMap((candidate, at) =>
    weighed([candidate, ...finders.map((find) => find(candidate, at))]),
  );
}

/** Finds the candidate with the same config: usually at the same place, since few generators look at the hypothesis. */
function finderOf(list: readonly Candidate[]): (of: Candidate, at: number) => Candidate | undefined {
  let keyed: ReadonlyMap<string, Candidate> | undefined;
  return (of, at) => {
    const there = list[at];
    if (there !== undefined && isSame(there.config, of.config)) return there;
    keyed ??= new Map(list.map((candidate) => [JSON.stringify(candidate.config), candidate]));
    return keyed.get(JSON.stringify(of.config));
  };
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
        const [one] = grown;
        return grown.every((other) => one && other && isSame(one.config, other.config))
          ? weighed(grown)[0]
          : undefined;
      },
    },
  ];
}

/** Whether two values of JSON are equal. Thousands of small configs are compared, for which text would be slower. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [own, other] = [a, b] as readonly Readonly<Record<string, unknown>>[];
  const names = Object.keys(own!);
  return (
    names.length === Object.keys(other!).length && names.every((name) => isSame(own![name], other![name]))
  );
}
