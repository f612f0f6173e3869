import type { HashConfig, TableConfig, TableSize } from '@ttrec/embeddings';
import { error } from '../error.ts';
import type { OnnxGraph, Value } from './onnx-graph.ts';
import { hashNodes } from './onnx-hash.ts';

/** A parameter of a table, read from the backend. */
export interface TableWeights {
  /** Within the table: `weight`, `core1`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface TableNodesArgs extends TableSize {
  readonly graph: OnnxGraph;
  /** Names the table's weights in the model, and in errors. */
  readonly name: string;
  readonly config: TableConfig;
  readonly weights: readonly TableWeights[];
  /** int64 [L]. */
  readonly ids: Value;
}

/**
 * Adds what computes the rows of ids, [L, D]: of a dense table by a gather, of a tensor train by a gather from each core and the
 * product of the slices, of a hash from the buckets that the graph computes itself. Ids past the end fail in the runtime's Gather,
 * but for the padded rows of a tensor train.
 * @throws `interop/unsupported-kind`
 */
export function tableNodes(args: TableNodesArgs): Value {
  const { config } = args;
  if (config.kind === 'dense') return gatherNodes(args);
  if (config.kind === 'tt') return trainNodes(args);
  if (config.kind === 'hash') return hashedNodes(args, config);
  throw unsupported(args.name, config.kind);
}

function unsupported(name: string, kind: string): Error {
  return error('unsupported-kind', {
    subject: `table "${name}"`,
    rule: 'ONNX is written for the kinds dense, tt and hash',
    got: kind,
    hint: `Export with tables: 'dense', which computes the rows of every table.`,
  });
}

/** Puts the weights of that name into the model. */
function weightsNamed(
  { graph, name, weights }: TableNodesArgs,
  parameter: string,
  shape?: readonly number[],
): Value {
  const found = weights.find((each) => each.name === parameter)!;
  return graph.weights(`${name}.${parameter}`, shape ?? found.shape, found.data);
}

/**
 * Row digits, most significant first, and the chain of slices: [L, q_1 … q_k, r_k] times [L, r_k, q_{k+1} r_{k+1}]. No row is
 * stored: the cores are all that the model holds.
 */
function trainNodes(args: TableNodesArgs): Value {
  const { graph, weights, ids, embeddingDim } = args;
  const shapes = weights.map(({ shape }) => shape as readonly [number, number, number, number]);
  let columns = 1;
  let chain: Value | undefined;
  shapes.forEach(([p, left, q, right], k) => {
    const core = weightsNamed(args, `core${k}`, [p, left, q * right]);
    const below = shapes.slice(k + 1).reduce((product, [rows]) => product * rows, 1);
    const slices = graph.node(
      'Gather',
      [core, digitNodes(graph, ids, { below, rows: k === 0 ? undefined : p })],
      {
        axis: 0,
      },
    );
    columns *= q;
    // A 0 keeps the number of lookups as it is, none included.
    const product = chain === undefined ? slices : graph.node('MatMul', [chain, slices]);
    chain = graph.reshape(product, 0, columns, right);
  });
  return graph.reshape(chain!, 0, embeddingDim);
}

/** The first digit is not reduced, so that an id past the end does not come back as another row. */
function digitNodes(
  graph: OnnxGraph,
  ids: Value,
  { below, rows }: { below: number; rows: number | undefined },
): Value {
  const quotient = below === 1 ? ids : graph.node('Div', [ids, graph.integer(below)]);
  return rows === undefined ? quotient : graph.node('Mod', [quotient, graph.integer(rows)]);
}

function gatherNodes(args: TableNodesArgs): Value {
  return args.graph.node('Gather', [weightsNamed(args, 'weight'), args.ids], { axis: 0 });
}

/** The rows of the buckets that the ids fall into, in the table inside. */
function hashedNodes(args: TableNodesArgs, { function: name, seed, buckets, into }: HashConfig): Value {
  const { graph, ids } = args;
  const words = name === 'modulo' ? ids : hashNodes(graph, ids, seed ?? 0);
  const places = graph.node('Mod', [words, graph.integer(buckets)]);
  return tableNodes({ ...args, config: into, numEmbeddings: buckets, ids: places });
}
