import { checkArgument, checkOptions } from '@ttrec/core/options';
import type { Dlrm, DlrmConfig } from '@ttrec/dlrm';
import { wideTables } from '@ttrec/dlrm/layers';
import { counted, isTtrecError } from '@ttrec/core';
import type {
  EmbeddingBagCollection,
  StateTensor,
  TableConfig,
  TableSize,
  TableSpec,
} from '@ttrec/embeddings';
import { kindsWith } from '@ttrec/embeddings/configs';
import { stateBytes } from '@ttrec/embeddings/model';
import { error } from '../error.ts';
import { pooledNodes } from './bag-nodes.ts';
import {
  crossNodes,
  dotNodes,
  factorizationNodes,
  mlpNodes,
  type CrossLayer,
  type Layer,
} from './dense-nodes.ts';
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
  /** Added to the logits: `logOddsShift` of the encoding of a model that was trained on drawn negatives; 0 by default. */
  readonly logOddsShift?: number | undefined;
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
 * @throws `interop/unsupported-kind`, `…/too-large-for-onnx`, `…/unknown-option`, `…/bad-option`, and what reading from the backend throws
 */
export async function exportOnnx(model: Dlrm, options: OnnxOptions = {}): Promise<Uint8Array> {
  checkArgument(error, 'exportOnnx, model', model, 'a Dlrm', 'config', 'state', 'embeddings');
  checkOptions(error, 'exportOnnx', options, {
    tables: ['stored', 'dense'],
    table: 'string',
    logOddsShift: 'any',
  });
  const { tables = 'stored', table, logOddsShift = 0 } = options;
  if (!Number.isFinite(logOddsShift))
    throw error('bad-option', {
      subject: 'exportOnnx, logOddsShift',
      rule: 'must be a finite number',
      got: logOddsShift,
    });
  const { config } = model;
  requireRoom(model, tables, table);
  if (table !== undefined) return exportTable(model, table, tables);
  const graph = new OnnxGraph();
  const layers = await layersOf(model);
  const vectors: Value[] = [];
  const dense =
    config.denseFeatures > 0
      ? graph.input({ name: 'dense', type: 'float', dims: ['B', config.denseFeatures] })
      : undefined;
  if (dense !== undefined) vectors.push(mlpNodes(graph, dense, layers.bottom));
  vectors.push(...(await bagsOf(graph, model.embeddings, { specs: config.tables, tables, prefix: 'table' })));
  const deep = mlpNodes(graph, interactionNodes(graph, vectors, config, layers.cross), layers.top);
  const wide = await wideNodes(graph, model, { dense, tables });
  const shift = logOddsShift === 0 ? [] : [graph.number(Float32Array.of(logOddsShift))];
  const logits = graph.reshape(
    [deep, ...wide, ...shift].reduce((sum, term) => graph.node('Add', [sum, term])),
    -1,
  );
  graph.output(graph.node('Sigmoid', [logits]), { name: 'probabilities', type: 'float', dims: ['B'] });
  graph.output(logits, { name: 'logits', type: 'float', dims: ['B'] });
  return graph.encode(
    'dlrm',
    `A DLRM of ${counted(config.tables.length, 'table')} with ${counted(config.embeddingDim, 'column')}.`,
  );
}

async function exportTable(model: Dlrm, table: string, tables: 'stored' | 'dense'): Promise<Uint8Array> {
  const weights = await tableWeights(model.embeddings, table, tables);
  const feature = model.embeddings.features.find((each) => each.table === table)!;
  const graph = new OnnxGraph();
  const names = { indices: 'indices', offsets: 'offsets', length: 'L' };
  const { embeddingDim, tables: specs } = model.config;
  const pooled = bagNodes(graph, { feature, embeddingDim, specs, names, tables, weights, prefix: 'table' });
  graph.output(pooled, { name: 'embeddings', type: 'float', dims: ['B', embeddingDim] });
  return graph.encode('embedding-bag', `An embedding table with ${counted(embeddingDim, 'column')}.`);
}

function interactionNodes(
  graph: OnnxGraph,
  vectors: readonly Value[],
  { interaction, denseFeatures }: DlrmConfig,
  layers: readonly CrossLayer[],
): Value {
  const passThrough = denseFeatures > 0;
  switch (interaction.kind) {
    case 'dot':
      return dotNodes(graph, vectors, { selfInteraction: interaction.selfInteraction ?? false, passThrough });
    case 'dcn':
      return crossNodes(graph, vectors, layers);
    case 'fm':
      return factorizationNodes(graph, vectors, passThrough);
    case 'cat':
      return graph.node('Concat', vectors, { axis: 1 });
  }
}

/** Adds the terms [B, 1] of the wide term. */
async function wideNodes(
  graph: OnnxGraph,
  model: Dlrm,
  { dense, tables }: { readonly dense: Value | undefined; readonly tables: 'stored' | 'dense' },
): Promise<Value[]> {
  const { wideEmbeddings: embeddings, config } = model;
  if (embeddings === undefined) return [];
  const specs = wideTables(config.tables, config.wide!);
  const terms = await bagsOf(graph, embeddings, { specs, tables, prefix: 'wide' });
  if (dense === undefined) return terms;
  const weights = (await model
    .state()
    .find(({ name }) => name === 'wide.dense')!
    .data()) as Float32Array;
  const matrix = graph.weights('wide.dense', [1, config.denseFeatures], weights);
  return [...terms, graph.node('Gemm', [dense, matrix], { transB: 1 })];
}

/** Adds the pooled bags of all features of a collection, float32 [B, D] each. */
async function bagsOf(
  graph: OnnxGraph,
  embeddings: EmbeddingBagCollection,
  args: {
    readonly specs: readonly TableSpec[];
    readonly tables: 'stored' | 'dense';
    /** Before the names of tables. */
    readonly prefix: string;
  },
): Promise<Value[]> {
  const weights = new Map<string, readonly TableWeights[]>();
  for (const { name } of args.specs) weights.set(name, await tableWeights(embeddings, name, args.tables));
  return embeddings.features.map((feature, f) => {
    const { name, table } = feature;
    const { embeddingDim } = embeddings.table(table);
    const names = { indices: `${name}.indices`, offsets: `${name}.offsets`, length: `L${f}` };
    return bagNodes(graph, { ...args, feature, embeddingDim, names, weights: weights.get(table)! });
  });
}

/** Adds the pooled bags of one feature, float32 [B, D]. */
function bagNodes(
  graph: OnnxGraph,
  args: {
    readonly feature: Dlrm['embeddings']['features'][number];
    readonly embeddingDim: number;
    readonly specs: readonly TableSpec[];
    /** Before the name of the table. */
    readonly prefix: string;
    /** Of the inputs, and of the extent of ids. */
    readonly names: { readonly indices: string; readonly offsets: string; readonly length: string };
    readonly tables: 'stored' | 'dense';
    readonly weights: readonly TableWeights[];
  },
): Value {
  const { feature, embeddingDim, names, tables, weights } = args;
  const { table, pooling, numEmbeddings } = feature;
  const spec = args.specs.find(({ name }) => name === table)!;
  const indices = graph.input({ name: names.indices, type: 'int64', dims: [names.length] });
  const offsets = graph.input({ name: names.offsets, type: 'int64', dims: ['offsets'] });
  const rows = rowNodes(graph, {
    table: spec,
    prefix: args.prefix,
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
    readonly prefix: string;
    readonly config: TableConfig;
    readonly weights: readonly TableWeights[];
    readonly size: TableSize;
    readonly ids: Value;
  },
): Value {
  const { table, prefix, config, weights, size, ids } = args;
  try {
    const operations = rowOperations(graph, `${prefix}.${table.name}`, weights);
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

async function layersOf(model: Dlrm): Promise<{ bottom: Layer[]; top: Layer[]; cross: CrossLayer[] }> {
  const layers = { bottom: [] as Layer[], top: [] as Layer[], cross: [] as CrossLayer[] };
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
  const crossed = state.filter(({ name }) => name.startsWith('cross.'));
  for (let l = 0; l < crossed.length; l += 3) {
    const [V, U, bias] = (await Promise.all(crossed.slice(l, l + 3).map(({ data }) => data()))) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    layers.cross.push({ name: `cross.${l / 3}`, rank: crossed[l]!.shape[0]!, V, U, bias });
  }
  return layers;
}

async function tableWeights(
  embeddings: EmbeddingBagCollection,
  table: string,
  tables: 'stored' | 'dense',
): Promise<readonly TableWeights[]> {
  const rows = embeddings.table(table);
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
  const { embeddingDim, tables: all, wide } = model.config;
  const columns = embeddingDim + (wide && table === undefined ? 1 : 0);
  const specs = table === undefined ? all : all.filter(({ name }) => name === table);
  const state = table === undefined ? model.state() : model.embeddings.table(table).state();
  const isTable = ({ name }: StateTensor) => table !== undefined || /^(table|wide)\./.test(name);
  const stored = state.filter((tensor) => isRead(tensor) && (tables === 'stored' || !isTable(tensor)));
  const dense =
    tables === 'stored' ? 0 : specs.reduce((sum, { numEmbeddings }) => sum + numEmbeddings * columns, 0);
  const bytes = stateBytes(stored) + 4 * dense;
  if (bytes < MAX_BYTES) return;
  throw error('too-large-for-onnx', {
    subject: 'model',
    rule: `must take less than ${MAX_BYTES} bytes, the most that one ONNX file can hold`,
    got: bytes,
    hint: tables === 'dense' ? `Export with tables: 'stored'.` : 'Compress its tables.',
  });
}
