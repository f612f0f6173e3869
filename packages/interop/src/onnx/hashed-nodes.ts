import { hashWord, MAX_PROBES, type HashConfig } from '@ttrec/embeddings/kind';
import type { OnnxGraph, Value } from './onnx-graph.ts';
import { FLOAT } from './onnx-message.ts';
import { hashNodes } from './onnx-hash.ts';
import type { TableNodesArgs } from './table-nodes-args.ts';

const HIGHEST_BIT = 2 ** 31;

/** The rows of the ids' buckets. Several probes are summed and divided by √probes, each with its sign if the config has signs. */
export function hashedNodes(args: TableNodesArgs, config: HashConfig): Value {
  const { probes = 1, signs = false, seed = 0 } = config;
  const terms = Array.from({ length: probes }, (_, probe) => {
    const rows = bucketRows(args, config, probe);
    return signs ? args.graph.node('Mul', [rows, signNodes(args, hashWord(seed, MAX_PROBES + probe))]) : rows;
  });
  const sum = terms.reduce((total, term) => args.graph.node('Add', [total, term]));
  if (probes === 1) return sum;
  return args.graph.node('Div', [sum, args.graph.number(Float32Array.of(Math.sqrt(probes)))]);
}

function bucketRows(args: TableNodesArgs, config: HashConfig, probe: number): Value {
  const { graph, ids } = args;
  const { buckets, into, seed = 0 } = config;
  const words = config.function === 'modulo' ? ids : hashNodes(graph, ids, hashWord(seed, probe));
  return args.nested({ ...args, config: into, numEmbeddings: buckets, ids: modulo(graph, words, buckets) });
}

/** float32 [L, 1]: 1, or -1 where the highest bit of another hash is set. */
function signNodes({ graph, ids }: TableNodesArgs, word: number): Value {
  const bit = graph.node('Div', [hashNodes(graph, ids, word), graph.integer(HIGHEST_BIT)]);
  const sign = graph.node('Sub', [graph.integer(1), graph.node('Mul', [bit, graph.integer(2)])]);
  return graph.reshape(graph.node('Cast', [sign], { to: FLOAT }), -1, 1);
}

export function modulo(graph: OnnxGraph, words: Value, buckets: number): Value {
  return graph.node('Mod', [words, graph.integer(buckets)]);
}
