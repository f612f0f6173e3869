import type { OnnxGraph, Value } from './onnx-graph.ts';
import { FLOAT, INT64 } from './onnx-message.ts';

/** Numbers of a table: a parameter, or what stands for one on the host. */
export interface TableWeights {
  /** Within the table: `weight`, `core1`, `cold.core0`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Integers of 8 bits, or of fewer in bytes (uint8), go with `NAME.scale`, the step of each row, or of all. */
  readonly data: Float32Array | Int8Array | Uint8Array;
}

/**
 * Gathers rows of a tensor, float32 [L, …shape]. Rows stored as integers are gathered as integers and then multiplied by the scale
 * of their row.
 *
 * @param store puts a tensor of the table into the model, in another shape of as many numbers if one is given
 * @param rows int64 [L]
 * @param shape its product is the length of a row
 */
export function gatheredNodes(
  graph: OnnxGraph,
  tensor: {
    readonly weights: TableWeights;
    readonly scale: TableWeights | undefined;
    readonly store: (name: string, shape?: readonly number[]) => Value;
    /** Of codes that follow each other without gaps, across rows. */
    readonly bits?: number | undefined;
  },
  rows: Value,
  shape: readonly number[],
): Value {
  const { weights, scale, store, bits } = tensor;
  const [count] = weights.shape as [number];
  const isPacked = weights.data instanceof Uint8Array;
  const step = () => store(`${weights.name}.scale`);
  if (isPacked && bits !== undefined)
    return graph.node('Mul', [
      codeNodes(graph, store(weights.name), { rows, cols: shape[0]!, bits }),
      step(),
    ]);
  const stored = store(weights.name, isPacked ? weights.shape : [count, ...shape]);
  const gathered = graph.node('Gather', [stored, rows], { axis: 0 });
  if (weights.data instanceof Float32Array) return gathered;
  const integers = isPacked ? unpackedNodes(graph, gathered, shape) : gathered;
  const floats = graph.node('Cast', [integers], { to: FLOAT });
  if (count > 1 && scale?.shape[0] === 1) return graph.node('Mul', [floats, step()]);
  const steps = graph.node('Gather', [step(), rows], { axis: 0 });
  return graph.node('Mul', [floats, graph.reshape(steps, 0, ...shape.map(() => 1))]);
}

/**
 * Levels [L, cols], in steps, of codes of 4 or 2 bits in bytes [n]: row r has the codes r·cols to r·cols + cols - 1, and the first code of a
 * byte its lowest bits. The levels of 2 bits are half a step above their codes.
 */
function codeNodes(
  graph: OnnxGraph,
  bytes: Value,
  { rows, cols, bits }: { readonly rows: Value; readonly cols: number; readonly bits: number },
): Value {
  const perByte = graph.integer(8 / bits);
  const [half, all] = [graph.integer(2 ** (bits - 1)), graph.integer(2 ** bits)];
  const firsts = graph.node('Mul', [graph.node('Unsqueeze', [rows, graph.integers(1)]), graph.integer(cols)]);
  const places = graph.node('Add', [firsts, graph.integers(...Array.from({ length: cols }, (_, j) => j))]);
  const gathered = graph.node('Gather', [bytes, graph.node('Div', [places, perByte])], { axis: 0 });
  const powers = graph.integers(...Array.from({ length: 8 / bits }, (_, slot) => 2 ** (bits * slot)));
  const divisors = graph.node('Gather', [powers, graph.node('Mod', [places, perByte])], { axis: 0 });
  const shifted = graph.node('Div', [graph.node('Cast', [gathered], { to: INT64 }), divisors]);
  const signed = graph.node('Sub', [graph.node('Mod', [graph.node('Add', [shifted, half]), all]), half]);
  const floats = graph.node('Cast', [signed], { to: FLOAT });
  return bits === 2 ? graph.node('Add', [floats, graph.number(Float32Array.of(0.5))]) : floats;
}

/** uint8 [L, bytes of a row] to int64 [L, cols]: each byte holds two integers of four bits, -8 to 7, the first in its low half. */
function unpackedNodes(graph: OnnxGraph, packed: Value, [cols]: readonly number[]): Value {
  const bytes = graph.node('Cast', [packed], { to: INT64 });
  const [eight, sixteen] = [graph.integer(8), graph.integer(16)];
  const halves = [graph.node('Mod', [bytes, sixteen]), graph.node('Div', [bytes, sixteen])];
  const last = graph.integers(2);
  const pairs = graph.node(
    'Concat',
    halves.map((half) => graph.node('Unsqueeze', [half, last])),
    { axis: 2 },
  );
  const even = 2 * Math.ceil(cols! / 2);
  const [begin, end, axis] = [graph.integers(0), graph.integers(cols!), graph.integers(1)];
  const unsigned = graph.node('Slice', [graph.reshape(pairs, 0, even), begin, end, axis]);
  // 8 to 15 stand for -8 to -1.
  return graph.node('Sub', [graph.node('Mod', [graph.node('Add', [unsigned, eight]), sixteen]), eight]);
}
