import { updateCores } from './core-update.ts';
import { sliceLength, valueLength } from './layout.ts';
import type { KernelArgs, KernelName, TTForwardArgs } from './kernel-definitions.ts';

/**
 * Multiply-adds that a kernel's definition asks for, counted from its arguments alone; kernels that only move,
 * add or map elements count 0 multiply-adds unless they scale (`update`, `regularize`, `multiply` and `add` count one an element).
 *
 * `ttForward` is the trie formula: the sum over levels k ≥ 1 of n_k · Q_{k-1} · r_k · q_k · r_{k+1}. Backward is twice that,
 * and what its update counts.
 */
export function multiplyAdds<Name extends KernelName>(name: Name, args: KernelArgs[Name]): number {
  return counts[name](args);
}

const counts: { [Name in KernelName]: (args: KernelArgs[Name]) => number } = {
  matmul: ({ a, out, transposeA }) => out.rows * out.cols * (transposeA ? a.rows : a.cols),
  biasActivationBackward: () => 0,
  bagForward: ({ index, rows }) => index.lookupRow.length * rows.cols,
  bagBackward: ({ index, gradRows }) => index.lookupRow.length * gradRows.cols,
  ttForward: trieMultiplyAdds,
  ttBackward: (args) => {
    let total = 2 * trieMultiplyAdds(args);
    updateCores(args, ({ gradients }) => (total += gradients.rows * gradients.cols));
    return total;
  },
  dotInteraction: (args) => args.features.rows * pairProducts(args),
  dotInteractionBackward: (args) => 2 * args.features.rows * pairProducts(args),
  bceWithLogits: () => 0,
  update: ({ gradients }) => gradients.rows * gradients.cols,
  regularize: ({ gradients }) => gradients.rows * gradients.cols,
  sumOfSquares: ({ a }) => a.rows * a.cols,
  fill: () => 0,
  copy: () => 0,
  multiply: ({ out }) => out.rows * out.cols,
  add: ({ out }) => out.rows * out.cols,
};

function trieMultiplyAdds({ layout, levels }: TTForwardArgs): number {
  let total = 0;
  for (let k = 1; k < levels.length; k++) {
    // value(parent) has Q_{k-1} rows of r_k numbers, each of which meets q_k·r_{k+1} columns of the slice.
    total += (levels[k]!.nodes * valueLength(layout, k - 1) * sliceLength(layout, k)) / layout.ranks[k]!;
  }
  return total;
}

function pairProducts(args: {
  features: { cols: number };
  featureCount: number;
  selfInteraction: boolean;
}): number {
  const { featureCount: f, features } = args;
  return ((f * (args.selfInteraction ? f + 1 : f - 1)) / 2) * (features.cols / f);
}
