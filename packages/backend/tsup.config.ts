import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig({ index: 'src/index.ts', kernels: 'src/kernels.ts', driver: 'src/driver.ts' });
