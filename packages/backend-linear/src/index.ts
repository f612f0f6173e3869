export { cutOf, LEAST_PART, MOST_PARTS } from './call.ts';
export type { Argument, Call, Cut, Moving, Split } from './call.ts';
export { Engine, type KernelRunner } from './engine.ts';
export { checkHostMatmul, type HostMatmul, type HostMatmulArgs } from './host-matmul.ts';
export { linearImplementations } from './linear-implementations.ts';
export { scoringImplementations } from './scoring-implementations.ts';
export { linearKernels, type LinearKernel, type WorkspaceSizes } from './kernel-names.ts';
export { LinearMemory } from './linear-memory.ts';
export type { TransposedOperands } from './kernels/transposed-operands.ts';
