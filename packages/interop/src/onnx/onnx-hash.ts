import type { OnnxGraph, Value } from './onnx-graph.ts';

const TWO_16 = 2 ** 16;
const TWO_32 = 2 ** 32;

/**
 * Hashes ids [L] below 2^32 to words below 2^32 as @ttrec/embeddings does, exactly, in 64-bit integers.
 * @param word the seed of the hash function, from `hashWord`
 */
export function hashNodes(graph: OnnxGraph, ids: Value, word: number): Value {
  let h = xor(graph, ids, graph.integer(word));
  h = xor(graph, h, shiftRight(graph, h, 16));
  h = multiply(graph, h, 0x85ebca6b);
  h = xor(graph, h, shiftRight(graph, h, 13));
  h = multiply(graph, h, 0xc2b2ae35);
  return xor(graph, h, shiftRight(graph, h, 16));
}

function xor(graph: OnnxGraph, a: Value, b: Value): Value {
  return graph.node('BitwiseXor', [a, b]);
}

function shiftRight(graph: OnnxGraph, word: Value, bits: number): Value {
  return graph.node('Div', [word, graph.integer(2 ** bits)]);
}

/** Product modulo 2^32, from the halves of the word: the whole product does not fit 63 bits. */
function multiply(graph: OnnxGraph, word: Value, factor: number): Value {
  const by = (value: Value) => graph.node('Mul', [value, graph.integer(factor)]);
  const low = by(graph.node('Mod', [word, graph.integer(TWO_16)]));
  const high = graph.node('Mod', [
    by(graph.node('Div', [word, graph.integer(TWO_16)])),
    graph.integer(TWO_16),
  ]);
  const shifted = graph.node('Mul', [high, graph.integer(TWO_16)]);
  return graph.node('Mod', [graph.node('Add', [low, shifted]), graph.integer(TWO_32)]);
}
