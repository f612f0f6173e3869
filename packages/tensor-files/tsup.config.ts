import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig(
  {
    index: 'src/index.ts',
    'byte-source': 'src/byte-source.ts',
    files: 'src/files.ts',
    npy: 'src/npy.ts',
    safetensors: 'src/safetensors.ts',
    torch: 'src/torch.ts',
  },
  { platform: 'node' },
);
