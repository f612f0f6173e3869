import { wholeBlock, type Block } from '@ttrec/backend';
import { fillNormal, type RandomStream } from '@ttrec/core';
import type { AnyInteraction } from '../interaction/create-interaction.ts';
import type { CrossNetwork } from '../interaction/cross-network.ts';
import type { FactorizationMachine } from '../interaction/factorization-machine.ts';
import { rowsOf, type ShardSums } from '../shards/shard-sums.ts';

/** Normal with variance 2 / (in + out) (Glorot and Bengio 2010); biases 0. */
export function interactionValues(stream: RandomStream) {
  return (name: string, rows: number, cols: number): Float32Array => {
    const values = new Float32Array(rows * cols);
    const deviation = Math.sqrt(2 / (rows + cols));
    if (!name.endsWith('.bias')) fillNormal(values, stream.child(name.replace('.', '/')), 0, deviation);
    return values;
  };
}

/** Where the gradient of the input of the top MLP goes: `gradFeatures` itself where vectors are only put side by side. */
export function interactionGradient(interaction: AnyInteraction, gradFeatures: Block): Block {
  switch (interaction.kind) {
    case 'cat':
      return gradFeatures;
    case 'dcn':
      return interaction.wide('gradCross', gradFeatures);
    case 'dot':
      return interaction.out('gradInteracted', gradFeatures);
    case 'fm':
      return interaction.out('gradInteracted', gradFeatures.rows);
  }
}

/** Enqueues `gradFeatures`, and the gradients of the parameters, from what is in `interactionGradient`. */
export function interactionBackward(
  interaction: AnyInteraction,
  sums: ShardSums,
  features: Block,
  gradFeatures: Block,
): void {
  const gradOut = interactionGradient(interaction, gradFeatures);
  switch (interaction.kind) {
    case 'cat':
      return;
    case 'dot': {
      const { context, pairs } = interaction;
      context.backend.dotInteractionBackward({ features, ...pairs, gradOut, gradFeatures });
      return;
    }
    case 'dcn':
      crossBackward(interaction, sums, { features, gradient: gradOut, gradFeatures });
      return;
    case 'fm':
      sumsBackward(interaction, features, gradOut, gradFeatures);
  }
}

/** @param blocks `gradient` is dL/d of what comes out; overwritten */
function crossBackward(
  cross: CrossNetwork,
  sums: ShardSums,
  blocks: { features: Block; gradient: Block; gradFeatures: Block },
): void {
  const { features, gradient, gradFeatures } = blocks;
  const { rows: size } = features;
  const { backend, activations } = cross.context;
  const [gradOuter, part] = [cross.wide('gradOuter', features), cross.wide('crossPart', features)];
  const gradInner = activations.get('gradInner', features.rows, cross.rank);
  for (let l = cross.layers.length - 1; l >= 0; l--) {
    const { V, U, bias } = cross.layers[l]!;
    const x = l === 0 ? features : cross.wide(`x${l}`, features);
    const inner = cross.inner(l, features);
    // The share of x₀: dL/dx₀ += g ∘ (U V x + b).
    const isLast = l === cross.layers.length - 1;
    const share = isLast ? gradFeatures : part;
    backend.multiply({ a: gradient, b: cross.wide(`outer${l}`, features), out: share });
    if (!isLast) backend.add({ a: gradFeatures, b: part, out: gradFeatures });
    backend.multiply({ a: gradient, b: features, out: gradOuter });
    sums.add(bias, size, (rows, gradBias) =>
      backend.biasActivationBackward({
        output: rowsOf(x, rows),
        gradient: rowsOf(gradOuter, rows),
        gradBias,
        activation: 'identity',
      }),
    );
    sums.add(U, size, (rows, out) =>
      backend.matmul({ a: rowsOf(gradOuter, rows), transposeA: true, b: rowsOf(inner, rows), out }),
    );
    backend.matmul({ a: gradOuter, b: wholeBlock(U.weights), out: gradInner });
    sums.add(V, size, (rows, out) =>
      backend.matmul({ a: rowsOf(gradInner, rows), transposeA: true, b: rowsOf(x, rows), out }),
    );
    backend.matmul({ a: gradInner, b: wholeBlock(V.weights), out: part });
    backend.add({ a: gradient, b: part, out: gradient });
  }
  backend.add({ a: gradFeatures, b: gradient, out: gradFeatures });
}

/** `dL/dv = g ∘ (Σ v - v)`. */
function sumsBackward(fm: FactorizationMachine, features: Block, gradOut: Block, gradFeatures: Block): void {
  const { backend, embeddingDim, hasDense } = fm.context;
  const { rows, cols } = features;
  const [others, spread] = [fm.get('fmSquares', rows, cols), fm.get('fmSpread', rows, cols)];
  const sums = wholeBlock(fm.sums);
  backend.matmul({ a: fm.get('fmSum', rows), b: sums, transposeB: true, out: others });
  backend.add({ a: others, b: features, out: others, beta: -1 });
  backend.matmul({ a: fm.pairs(gradOut), b: sums, transposeB: true, out: spread });
  backend.multiply({ a: spread, b: others, out: gradFeatures });
  if (!hasDense) return;
  const first = { ...gradFeatures, cols: embeddingDim };
  backend.add({ a: first, b: { ...gradOut, cols: embeddingDim }, out: first });
}
