export { blobSource, bytesSource, type ByteSource } from './byte-source/byte-source.ts';
export { httpSource, type HttpSourceOptions } from './byte-source/http-source.ts';
