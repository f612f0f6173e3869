import { packageConfig } from '@ttrec/tsup-config';

// Not split: the worker is one file, which a page can host as it is.
export default packageConfig(
  { index: 'src/index.ts', scoring: 'src/scoring.ts', worker: 'src/worker.ts' },
  { splitting: false },
);
