import { fileURLToPath } from 'node:url';

/** Outside the workspace: 290 MB that only the tests of exported models need. */
export const runtimeFolder = fileURLToPath(new URL('../../../.cache/onnxruntime', import.meta.url));
