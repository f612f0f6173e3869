import type { TableConfig } from '@ttrec/embeddings';
import { hashWord, type CompositionalConfig, type HotColdConfig } from '@ttrec/embeddings/kind';
import { modulo } from './hashed-nodes.ts';
import type { Value } from './onnx-graph.ts';
import { hashNodes } from './onnx-hash.ts';
import { weightsNamed, type TableNodesArgs } from './table-nodes-args.ts';

/** Looks every id up in both tables, with a valid id for those of the other table, and selects the row. */
export function hotColdNodes(args: TableNodesArgs, { hot, hotTable, cold }: HotColdConfig): Value {
  const { graph, ids, path, numEmbeddings } = args;
  const bound = graph.integer(hot);
  const hotRows = args.nested({
    ...args,
    config: hotTable ?? { kind: 'dense' },
    path: `${path}hot.`,
    numEmbeddings: hot,
    ids: graph.node('Min', [ids, graph.integer(hot - 1)]),
  });
  const coldRows = args.nested({
    ...args,
    config: cold,
    path: `${path}cold.`,
    numEmbeddings: numEmbeddings - hot,
    ids: graph.node('Max', [graph.node('Sub', [ids, bound]), graph.integer(0)]),
  });
  const isHot = graph.node('Unsqueeze', [graph.node('Less', [ids, bound]), graph.integers(1)]);
  return graph.node('Where', [isHot, hotRows, coldRows]);
}

/** Rows of `dim` columns times the projection [dim, D]. */
export function projectedNodes(
  args: TableNodesArgs,
  { dim, into }: { readonly dim: number; readonly into: TableConfig },
): Value {
  const narrow = args.nested({ ...args, config: into, path: `${args.path}into.`, embeddingDim: dim });
  return args.graph.node('MatMul', [narrow, weightsNamed(args, 'projection')]);
}

/** Rows of several tables, multiplied, added or side by side. */
export function composedNodes(args: TableNodesArgs, config: CompositionalConfig): Value {
  const { graph, path, embeddingDim } = args;
  const { combine, into = { kind: 'dense' } } = config;
  const parts = partsOf(args, config);
  const rows = parts.map(({ name, numEmbeddings, ids }, t) =>
    args.nested({
      ...args,
      config: into,
      path: `${path}${name}.`,
      numEmbeddings,
      ids,
      // The first parts are one column wider if the number of parts does not divide the columns.
      embeddingDim: combine === 'concatenate' ? Math.ceil((embeddingDim - t) / parts.length) : embeddingDim,
    }),
  );
  if (combine === 'concatenate') return graph.node('Concat', rows, { axis: 1 });
  return rows.reduce((all, part) => graph.node(combine === 'sum' ? 'Add' : 'Mul', [all, part]));
}

interface Part {
  readonly name: string;
  readonly numEmbeddings: number;
  readonly ids: Value;
}

function partsOf({ graph, ids, numEmbeddings }: TableNodesArgs, config: CompositionalConfig): Part[] {
  const { buckets } = config;
  if (config.method === 'quotient-remainder') {
    const quotient = graph.node('Div', [ids, graph.integer(buckets)]);
    return [
      { name: 'quotient', numEmbeddings: Math.ceil(numEmbeddings / buckets), ids: quotient },
      { name: 'remainder', numEmbeddings: buckets, ids: modulo(graph, ids, buckets) },
    ];
  }
  const { hashes = 2, seed = 0 } = config;
  return Array.from({ length: hashes }, (_, t) => {
    const words = hashNodes(graph, ids, hashWord(seed, t));
    return { name: `hash${t}`, numEmbeddings: buckets, ids: modulo(graph, words, buckets) };
  });
}
