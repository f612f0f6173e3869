import { scoring, STRICT_BYTES } from '../generated/scoring.ts';
import { bytesOf } from './bytes-of.ts';
import type { Sources } from './kernel-module.ts';

let unpacked: Promise<Sources> | undefined;

/** The kernels for scoring alone. Both builds are packed together, for they have most bytes in common. */
export function scoringKernels(): Promise<Sources> {
  unpacked ??= unpack();
  return unpacked;
}

async function unpack(): Promise<Sources> {
  const stream = new Blob([bytesOf(scoring)]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return { strict: () => bytes.slice(0, STRICT_BYTES), relaxed: () => bytes.slice(STRICT_BYTES) };
}
