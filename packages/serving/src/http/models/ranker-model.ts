import type { RawColumns, RawRow } from '@ttrec/data';
import { stateBytes } from '@ttrec/embeddings/kind';
import type { Ranker, Scores } from '../../ranker.ts';
import { scoringError } from '../http-error.ts';
import type {
  RawCell,
  ScoringFault,
  ScoringInput,
  ScoringModel,
  ScoringResult,
  ScoringRows,
} from './scoring-model.ts';

/**
 * A ranker as a model that a repository serves, in this thread.
 *
 * @param onError called with what failed for another reason than the rows of a request
 */
export function rankerModel(ranker: Ranker, onError?: (thrown: unknown) => void): ScoringModel {
  const { columns, schema } = ranker;
  return {
    inputs: { columns, denseFeatures: schema.dense.length, features: schema.features },
    loadedBytes: stateBytes(ranker.model.state().filter(({ role }) => role === 'model')),
    concurrency: 1,
    score: (inputs) => scoreAll(ranker, inputs, onError),
    dispose: () => ranker.dispose(),
  };
}

/** Rows of the same form together. If one request has a bad row, each is scored alone. */
async function scoreAll(
  ranker: Ranker,
  inputs: readonly ScoringInput[],
  onError?: (thrown: unknown) => void,
): Promise<ScoringResult[]> {
  const results: ScoringResult[] = [];
  const together = async (at: readonly number[], score: () => Promise<Scores>) => {
    if (at.length === 0) return;
    try {
      const all = await score();
      let start = 0;
      for (const i of at) results[i] = part(all, start, (start += inputs[i]!.size));
    } catch (thrown) {
      if (at.length === 1) results[at[0]!] = { fault: faultOf(thrown, onError) };
      else for (const i of at) await together([i], () => scoreOne(ranker, inputs[i]!));
    }
  };
  const of = (form: ScoringInput['form']) => inputs.flatMap((input, i) => (input.form === form ? [i] : []));
  const columns = of('columns');
  await together(columns, () => scoreOne(ranker, joinedColumns(columns.map((i) => inputs[i]!))));
  const encoded = of('encoded');
  await together(encoded, () => scoreOne(ranker, joinedEncoded(encoded.map((i) => inputs[i]!))));
  for (const i of of('ranking')) await together([i], () => scoreOne(ranker, inputs[i]!));
  return results;
}

async function scoreOne(ranker: Ranker, input: ScoringInput): Promise<Scores> {
  switch (input.form) {
    case 'columns':
      return ranker.scoreColumns(input.columns);
    case 'encoded':
      return ranker.scoreEncoded(input.rows);
    case 'ranking':
      return ranker.scoreCandidates(input.context, rowsOf(input.size, input.candidates));
  }
}

function rowsOf(size: number, columns: RawColumns): RawRow[] {
  const names = Object.keys(columns);
  return Array.from({ length: size }, (_, b): RawRow => {
    const row: Record<string, RawCell> = {};
    for (const name of names) row[name] = columns[name]![b]!;
    return row;
  });
}

function joinedColumns(inputs: readonly ScoringInput[]): ScoringInput {
  if (inputs.length === 1) return inputs[0]!;
  const all = inputs as readonly (ScoringInput & { form: 'columns' })[];
  const columns: Record<string, RawCell[]> = {};
  for (const name of Object.keys(all[0]!.columns)) {
    columns[name] = all.flatMap((input) => Array.from(input.columns[name]!));
  }
  return { form: 'columns', size: sizeOf(inputs), columns: columns satisfies RawColumns };
}

function joinedEncoded(inputs: readonly ScoringInput[]): ScoringInput {
  if (inputs.length === 1) return inputs[0]!;
  const all = inputs.map((input) => (input as ScoringInput & { form: 'encoded' }).rows);
  const size = sizeOf(inputs);
  const rows: ScoringRows = {
    size,
    dense: joined(
      Float32Array,
      all.map(({ dense }) => dense),
    ),
    features: all[0]!.features.map((_, f) => {
      const bags = all.map(({ features }) => features[f]!);
      let lookups = 0;
      const offsets = bags.map(({ offsets: own, indices }) => {
        const shifted = own.subarray(1).map((offset) => offset + lookups);
        lookups += indices.length;
        return shifted;
      });
      return {
        indices: joined(
          Uint32Array,
          bags.map(({ indices }) => indices),
        ),
        offsets: joined(Uint32Array, [Uint32Array.of(0), ...offsets]),
      };
    }),
  };
  return { form: 'encoded', size, rows };
}

function joined<Elements extends Float32Array | Uint32Array>(
  Type: new (length: number) => Elements,
  parts: readonly Elements[],
): Elements {
  const all = new Type(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of parts) {
    all.set(each, at);
    at += each.length;
  }
  return all;
}

function sizeOf(inputs: readonly ScoringInput[]): number {
  return inputs.reduce((sum, { size }) => sum + size, 0);
}

function part({ logits, probabilities: chances }: Scores, start: number, end: number): Scores {
  return { logits: logits.slice(start, end), probabilities: chances.slice(start, end) };
}

function faultOf(thrown: unknown, onError?: (thrown: unknown) => void): ScoringFault {
  const { status, code, message } = scoringError(thrown);
  if (status >= 500) onError?.(thrown);
  return { status, code, message };
}
