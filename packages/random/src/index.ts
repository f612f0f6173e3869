export { fillNormal, fillUniform, permutation } from './fill.ts';
export { philox4x32 } from './philox.ts';
export { RandomStream } from './random-stream.ts';
