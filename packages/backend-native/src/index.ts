export type { InstructionSet } from './addon.ts';
export {
  createNativeBackend,
  createNativeBackendFactory,
  nativeBackendFactory,
  type NativeBackendOptions,
} from './create-native-backend.ts';
export { createNativeMatmul } from './host/create-native-matmul.ts';
