import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig(undefined, {
  platform: 'node',
  removeNodeProtocol: false,
  external: ['#csv-parse'],
});
