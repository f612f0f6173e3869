import type { DlrmConfig, LabelledBatch } from '@ttrec/dlrm';
import type { Bags, TableConfig } from '@ttrec/embeddings';
import { featuresOf } from '@ttrec/embeddings/model';
import { row, ttMatrixOf } from '@ttrec/tensor-train';

/** A parameter on the host, in float64. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** By the names that the model gives: `bottom.0.weight`, `table.a.core1`. */
export type NamedValues = ReadonlyMap<string, Values>;

/** The logits [B] of a batch, row by row from the equations of the DLRM paper, in float64. */
export function referenceLogits(
  config: DlrmConfig,
  values: NamedValues,
  batch: LabelledBatch<readonly Bags[]>,
): number[] {
  const { tables, wide } = config;
  const rowsOf = (prefix: string, configOf: (table: (typeof tables)[number]) => TableConfig) =>
    new Map(
      tables.map((table) => [table.name, tableRows(configOf(table), `${prefix}.${table.name}`, values)]),
    );
  const rows = rowsOf('table', (table) => table.config);
  const weights = wide && rowsOf('wide', ({ name }) => wide.byName?.[name] ?? wide.default);
  return Array.from({ length: batch.size }, (_, b) => {
    const dense = [...batch.dense.subarray(b * config.denseFeatures, (b + 1) * config.denseFeatures)];
    const bottom = dense.length > 0 ? [mlp('bottom', values, dense, true)] : [];
    const pooled = pooledRows(config, rows, batch, { b, dim: config.embeddingDim });
    const deep = mlp('top', values, interact(config, bottom, pooled, values), false)[0]!;
    if (!weights) return deep;
    const ofDense = dense.map((value, i) => value * values.get('wide.dense')!.data[i]!);
    const terms = [...ofDense, ...pooledRows(config, weights, batch, { b, dim: 1 }).flat()];
    return terms.reduce((sum, term) => sum + term, deep);
  });
}

/** A pooled vector a feature, of row b. */
function pooledRows(
  config: DlrmConfig,
  rows: ReadonlyMap<string, (id: number) => ArrayLike<number>>,
  batch: LabelledBatch<readonly Bags[]>,
  { b, dim }: { readonly b: number; readonly dim: number },
): number[][] {
  return featuresOf(config.tables, config.features).map((feature, f) => {
    const { indices, offsets, perSampleWeights } = batch.features[f]!;
    const [start, end] = [offsets[b]!, offsets[b + 1]!];
    const sum = new Array<number>(dim).fill(0);
    for (let l = start; l < end; l++) {
      const weight = feature.pooling === 'mean' ? 1 / (end - start) : (perSampleWeights?.[l] ?? 1);
      const vector = rows.get(feature.table)!(indices[l]!);
      sum.forEach((_, j) => (sum[j]! += weight * vector[j]!));
    }
    return sum;
  });
}

/** Mean binary cross-entropy by the weights of rows, in float64, nats. */
export function referenceLoss(
  config: DlrmConfig,
  values: NamedValues,
  batch: LabelledBatch<readonly Bags[]>,
): number {
  const logits = referenceLogits(config, values, batch);
  const weights = Array.from({ length: batch.size }, (_, b) => batch.weights?.[b] ?? 1);
  const losses = logits.map((z, b) => {
    const p = 1 / (1 + Math.exp(-z));
    const y = batch.labels[b]!;
    return -(y * Math.log(p) + (1 - y) * Math.log(1 - p));
  });
  const sum = (values: readonly number[]) => values.reduce((before, value) => before + value, 0);
  return sum(losses.map((loss, b) => weights[b]! * loss)) / sum(weights);
}

function interact(config: DlrmConfig, bottom: number[][], pooled: number[][], values: NamedValues): number[] {
  const vectors = [...bottom, ...pooled];
  const { interaction } = config;
  if (interaction.kind === 'cat') return vectors.flat();
  if (interaction.kind === 'dcn') return cross(vectors.flat(), values);
  if (interaction.kind === 'fm') {
    const columns = vectors[0]!.map((_, j) =>
      vectors.flatMap((a, i) => vectors.slice(0, i).map((c) => a[j]! * c[j]!)).reduce((x, y) => x + y, 0),
    );
    return [...bottom.flat(), ...columns];
  }
  const pairs = vectors.flatMap((a, i) =>
    vectors
      .slice(0, interaction.selfInteraction ? i + 1 : i)
      .map((b) => a.reduce((sum, value, j) => sum + value * b[j]!, 0)),
  );
  return [...bottom.flat(), ...pairs];
}

function cross(first: number[], values: NamedValues): number[] {
  let x = first;
  for (let layer = 0; values.has(`cross.${layer}.V`); layer++) {
    const named = (name: string) => values.get(`cross.${layer}.${name}`)!;
    const times = ({ shape, data }: Values, vector: readonly number[]) =>
      Array.from({ length: shape[0]! }, (_, o) =>
        vector.reduce((sum, value, i) => sum + value * data[o * vector.length + i]!, 0),
      );
    const outer = times(named('U'), times(named('V'), x));
    x = x.map((value, i) => first[i]! * (outer[i]! + named('bias').data[i]!) + value);
  }
  return x;
}

function mlp(name: string, values: NamedValues, input: readonly number[], lastRelu: boolean): number[] {
  let x = [...input];
  for (let layer = 0; values.has(`${name}.${layer}.weight`); layer++) {
    const { data } = values.get(`${name}.${layer}.weight`)!;
    const isLast = !values.has(`${name}.${layer + 1}.weight`);
    const inputs = x;
    const linear = [...values.get(`${name}.${layer}.bias`)!.data].map((bias, o) =>
      inputs.reduce((sum, value, i) => sum + value * data[o * inputs.length + i]!, bias),
    );
    x = isLast && !lastRelu ? linear : linear.map((value) => Math.max(0, value));
  }
  return x;
}

function tableRows(
  config: TableConfig,
  name: string,
  values: NamedValues,
): (id: number) => ArrayLike<number> {
  if (config.kind === 'dense') {
    const { shape, data } = values.get(`${name}.weight`)!;
    return (id) => data.subarray(id * shape[1]!, (id + 1) * shape[1]!);
  }
  if (config.kind === 'tt') {
    const cores = [...values].filter(([key]) => key.startsWith(`${name}.core`)).map(([, core]) => core);
    const shape = {
      rowShape: cores.map((core) => core.shape[0]!),
      colShape: cores.map((core) => core.shape[2]!),
      ranks: [1, ...cores.map((core) => core.shape[3]!)],
    };
    const data = cores.map((core) => core.data);
    return (id) => row(ttMatrixOf(shape, data), id);
  }
  if (config.kind === 'hash' && config.function === 'modulo') {
    const inner = tableRows(config.into, name, values);
    return (id) => inner(id % config.buckets);
  }
  throw new Error(`the reference knows dense tables, trains and hashing modulo buckets, not ${config.kind}`);
}
