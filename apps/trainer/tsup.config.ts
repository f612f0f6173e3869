import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig(
  { cli: 'src/cli.ts' },
  { platform: 'node', dts: false, banner: { js: '#!/usr/bin/env node' } },
);
