import type { KernelArgs, KernelName } from '../kernels/kernel-definitions.ts';

type Names<Args> = { readonly [Name in keyof Args]-?: 'any' };

const any = 'any';
const trie = { layout: any, cores: any, levels: any, values: any } as const;
const pairs = { features: any, featureCount: any, selfInteraction: any, passThrough: any } as const;

/** The names of each kernel's arguments. */
export const kernelArguments: { readonly [Name in KernelName]: Names<KernelArgs[Name]> } = {
  matmul: { a: any, b: any, out: any, transposeA: any, transposeB: any, bias: any, activation: any },
  biasActivationBackward: { output: any, gradient: any, gradBias: any, activation: any },
  bagForward: { rows: any, index: any, pooling: any, weights: any, out: any, columns: any },
  bagBackward: {
    gradOut: any,
    columns: any,
    index: any,
    byRow: any,
    pooling: any,
    weights: any,
    gradRows: any,
  },
  ttForward: trie,
  ttBackward: { ...trie, gradValues: any, gradCores: any, update: any },
  dotInteraction: { ...pairs, out: any },
  dotInteractionBackward: { ...pairs, gradOut: any, gradFeatures: any },
  bceWithLogits: { logits: any, labels: any, losses: any, gradLogits: any, scale: any },
  update: {
    rule: any,
    weights: any,
    gradients: any,
    state: any,
    rows: any,
    learningRate: any,
    epsilon: any,
    step: any,
    beta1: any,
    beta2: any,
    l1: any,
    l2: any,
  },
  regularize: {
    weights: any,
    gradients: any,
    rows: any,
    learningRate: any,
    l2: any,
    weightDecay: any,
    lastStep: any,
    step: any,
    clip: any,
  },
  sumOfSquares: { a: any, out: any },
  fill: { out: any, value: any },
  copy: { from: any, to: any },
  multiply: { a: any, b: any, out: any },
  add: { a: any, b: any, out: any, alpha: any, beta: any },
};
