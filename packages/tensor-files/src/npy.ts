export { decodeNpy, encodeNpy, streamNpy, type NpyArray } from './npy/npy.ts';
export { openNpyFrom, type NpyFile } from './npy/open-npy.ts';
