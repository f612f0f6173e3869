import type { DeviceBuffer } from '../buffer.ts';
import type { KernelArgs, KernelName } from '../kernels/kernel-definitions.ts';

/** The buffers that each kernel writes, in whole or in part. */
export const writtenBuffers: {
  readonly [Name in KernelName]: (args: KernelArgs[Name]) => readonly DeviceBuffer[];
} = {
  matmul: ({ out }) => [out.buffer],
  biasActivationBackward: ({ gradient, gradBias }) => [gradient.buffer, gradBias.buffer],
  bagForward: ({ out }) => [out.buffer],
  bagBackward: ({ gradRows }) => [gradRows.buffer],
  ttForward: ({ values }) => values,
  ttBackward: ({ cores, gradValues, gradCores, update }) => [
    ...gradValues,
    ...gradCores,
    ...(update ? [...cores, ...(update.states ?? [])] : []),
  ],
  dotInteraction: ({ out }) => [out.buffer],
  dotInteractionBackward: ({ gradFeatures }) => [gradFeatures.buffer],
  bceWithLogits: ({ losses, gradLogits }) => [losses.buffer, gradLogits.buffer],
  update: ({ weights, state }) => (state ? [weights, state] : [weights]),
  regularize: ({ weights, gradients, lastStep }) =>
    lastStep ? [weights, gradients.buffer, lastStep] : [weights, gradients.buffer],
  sumOfSquares: ({ out }) => [out.buffer],
  fill: ({ out }) => [out.buffer],
  copy: ({ to }) => [to.buffer],
  multiply: ({ out }) => [out.buffer],
  add: ({ out }) => [out.buffer],
};
