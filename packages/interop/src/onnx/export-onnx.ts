import { checkArgument, checkOptions } from '@ttrec/core';
import type { Dlrm } from '@ttrec/dlrm';
import { isTtrecError } from '@ttrec/core';
import type { StateTensor, TableConfig, TableSize, TableSpec } from '@ttrec/embeddings';
import { kindsWith, stateBytes } from '@ttrec/embeddings/kind';
import { error } from '../error.ts';
import { requirePlain } from '../require-plain.ts';
import { pooledNodes } from './bag-nodes.ts';
import { dotNodes, mlpNodes, type Layer } from './dense-nodes.ts';
import { checkedIds } from './input-checks.ts';
import type { TableWeights } from './gathered-nodes.ts';
import { OnnxGraph, type Value } from './onnx-graph.ts';
import { rowOperations } from './row-operations.ts';

export interface OnnxOptions {
  /** `stored` (default) keeps the cores of a TT, the buckets of a hash, and integers. `dense` stores the computed rows of every table. */
  readonly tables?: 'stored' | 'dense' | undefined;
  /**
   * Exports this table alone, as an embedding bag: inputs `indices` int64 [L] and `offsets` int64 [B + 1], output `embeddings` float32
   * [B, D]; the whole model by default.
   */
  readonly table?: string | undefined;
}

/** The size limit of a protocol buffer. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * Returns a model for inference as an ONNX file (opset 18), about as large as its checkpoint.
 *
 * The inputs are those of a batch of `Dlrm`: `dense` float32 [B, denseFeatures] if the model has dense features, and for each feature
 * `NAME.indices` int64 [L] and `NAME.offsets` int64 [B + 1]. The outputs are `probabilities` and `logits`, float32 [B]. A run fails
 * for ids that the table does not have, and for offsets that do not ascend from 0 to L.
 *
 * @throws `interop/unsupported-kind`, `…/unsupported-model`, `…/too-large-for-onnx`, `…/unknown-option`, `…/bad-option`, and what reading from the backend throws
 */
export async function exportOnnx(model: Dlrm, options: OnnxOptions = {}): Promise<Uint8Array> {
  checkArgument(error, 'exportOnnx, model', model, 'a Dlrm', 'config', 'state', 'embeddings');
  checkOptions(error, 'exportOnnx', options, { tables: ['stored', 'dense'], table: 'string' });
  const { tables = 'stored', table } = options;
  const { config } = model;
  requireRoom(model, tables, table);
  if (table !== undefined) return exportTable(model, table, tables);
  requirePlain(config, 'exportOnnx');
  const graph = new OnnxGraph();
  const layers = await layersOf(model);
  const vectors: Value[] = [];
  if (config.denseFeatures > 0) {
    const dense = graph.input({ name: 'dense', type: 'float', dims: ['B', config.denseFeatures] });
    vectors.push(mlpNodes(graph, dense, layers.bottom));
  }
  const weights = new Map<string, readonly TableWeights[]>();
  for (const { name } of config.tables) weights.set(name, await tableWeights(model, name, tables));
  model.embeddings.features.forEach((feature, f) => {
    const { name, table: read } = feature;
    const names = { indices: `${name}.indices`, offsets: `${name}.offsets`, length: `L${f}` };
    vectors.push(bagNodes(graph, { model, feature, names, tables, weights: weights.get(read)! }));
  });
  const interacted =
    config.interaction.kind === 'dot'
      ? dotNodes(graph, vectors, {
          selfInteraction: config.interaction.selfInteraction ?? false,
          passThrough: config.denseFeatures > 0,
        })
      : graph.node('Concat', vectors, { axis: 1 });
  const logits = graph.reshape(mlpNodes(graph, interacted, layers.top), -1);
  graph.output(graph.node('Sigmoid', [logits]), { name: 'probabilities', type: 'float', dims: ['B'] });
  graph.output(logits, { name: 'logits', type: 'float', dims: ['B'] });
  return graph.encode(
    'dlrm',
    `A DLRM of ${config.tables.length} tables with ${config.embeddingDim} columns.`,
  );
}

async function exportTable(model: Dlrm, table: string, tables: 'stored' | 'dense'): Promise<Uint8Array> {
  const weights = await tableWeights(model, table, tables);
  const feature = model.embeddings.features.find((each) => each.table === table)!;
  const graph = new OnnxGraph();
  const names = { indices: 'indices', offsets: 'offsets', length: 'L' };
  const { embeddingDim } = model.config;
  const pooled = bagNodes(graph, { model, feature, names, tables, weights });
  graph.output(pooled, { name: 'embeddings', type: 'float', dims: ['B', embeddingDim] });
  return graph.encode('embedding-bag', `An embedding table with ${embeddingDim} columns.`);
}

/** Adds the pooled bags of one feature, float32 [B, D]. */
function bagNodes(
  graph: OnnxGraph,
  args: {
    readonly model: Dlrm;
    readonly feature: Dlrm['embeddings']['features'][number];
    /** Of the inputs, and of the extent of ids. */
    readonly names: { readonly indices: string; readonly offsets: string; readonly length: string };
    readonly tables: 'stored' | 'dense';
    readonly weights: readonly TableWeights[];
  },
): Value {
  const { model, feature, names, tables, weights } = args;
  const { table, pooling, numEmbeddings } = feature;
  const { config } = model;
  const spec = config.tables.find(({ name }) => name === table)!;
  const { embeddingDim } = config;
  const indices = graph.input({ name: names.indices, type: 'int64', dims: [names.length] });
  const offsets = graph.input({ name: names.offsets, type: 'int64', dims: ['offsets'] });
  const rows = rowNodes(graph, {
    table: spec,
    config: tables === 'dense' ? { kind: 'dense' } : spec.config,
    weights,
    size: { numEmbeddings, embeddingDim },
    ids: checkedIds(graph, indices, numEmbeddings),
  });
  return pooledNodes(graph, { rows, offsets, embeddingDim, pooling });
}

/** Adds the rows of ids, float32 [L, D]. @throws `interop/unsupported-kind` */
function rowNodes(
  graph: OnnxGraph,
  args: {
    readonly table: TableSpec;
    readonly config: TableConfig;
    readonly weights: readonly TableWeights[];
    readonly size: TableSize;
    readonly ids: Value;
  },
): Value {
  const { table, config, weights, size, ids } = args;
  try {
    const operations = rowOperations(graph, `table.${table.name}`, weights);
    return kindsWith(table.kinds).rows(operations, { config, size, ids, path: '' });
  } catch (thrown) {
    if (!isTtrecError(thrown, 'embeddings/cannot-export')) throw thrown;
    throw error('unsupported-kind', {
      subject: `table "${table.name}", ${thrown.parts.subject}`,
      rule: thrown.parts.rule,
      hint: `Export with tables: 'dense', which computes the rows of every table.`,
      cause: thrown,
    });
  }
}

async function layersOf(model: Dlrm): Promise<{ bottom: Layer[]; top: Layer[] }> {
  const layers: { bottom: Layer[]; top: Layer[] } = { bottom: [], top: [] };
  const state = model.state().filter(({ role }) => role === 'model');
  for (const part of ['bottom', 'top'] as const) {
    const own = state.filter(({ name }) => name.startsWith(`${part}.`));
    for (let i = 0; i < own.length; i += 2) {
      const [weight, bias] = [own[i]!, own[i + 1]!];
      layers[part].push({
        name: `${part}.${i / 2}`,
        outputs: weight.shape[0]!,
        inputs: weight.shape[1]!,
        weight: (await weight.data()) as Float32Array,
        bias: (await bias.data()) as Float32Array,
        relu: part === 'bottom' || i + 2 < own.length,
      });
    }
  }
  return layers;
}

async function tableWeights(
  model: Dlrm,
  table: string,
  tables: 'stored' | 'dense',
): Promise<readonly TableWeights[]> {
  const rows = model.embeddings.table(table);
  if (tables === 'dense') {
    const shape = [rows.numEmbeddings, rows.embeddingDim];
    return [{ name: 'weight', shape, data: await rows.toDense() }];
  }
  const read = rows
    .state()
    .filter(isRead)
    .map(async ({ name, shape, data }) => {
      return { name, shape, data: (await data()) as TableWeights['data'] };
    });
  return Promise.all(read);
}

/** Excludes the ids of a cache, whose kind is refused. */
function isRead({ dtype, role }: StateTensor): boolean {
  return role === 'model' && (dtype === 'I8' || dtype === 'U8' || dtype === 'F32');
}

/** Checks the size before any weight is read. @throws `interop/too-large-for-onnx` */
function requireRoom(model: Dlrm, tables: 'stored' | 'dense', table: string | undefined): void {
  const { embeddingDim, tables: all } = model.config;
  const specs = table === undefined ? all : all.filter(({ name }) => name === table);
  const state = table === undefined ? model.state() : model.embeddings.table(table).state();
  const isTable = ({ name }: StateTensor) => table !== undefined || name.startsWith('table.');
  const stored = state.filter((tensor) => isRead(tensor) && (tables === 'stored' || !isTable(tensor)));
  const dense =
    tables === 'stored' ? 0 : specs.reduce((sum, { numEmbeddings }) => sum + numEmbeddings * embeddingDim, 0);
  const bytes = stateBytes(stored) + 4 * dense;
  if (bytes < MAX_BYTES) return;
  throw error('too-large-for-onnx', {
    subject: 'model',
    rule: `must take less than ${MAX_BYTES} bytes, the most that one ONNX file can hold`,
    got: bytes,
    hint: tables === 'dense' ? `Export with tables: 'stored'.` : 'Compress its tables.',
  });
}
