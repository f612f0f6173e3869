import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig({ backend: 'src/backend/index.ts', kind: 'src/kind/index.ts' });
