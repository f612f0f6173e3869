import { counted } from '@ttrec/core';
import { badRequest, httpError } from '../http-error.ts';

const ENCODINGS = ['gzip', 'deflate'] as const;

/**
 * A body as its Content-Encoding header has it.
 *
 * @throws HttpError: 415 for another encoding, 413 for more than `maxBytes`, 400 for bytes that are not of the encoding
 */
export async function decompressed(
  body: Uint8Array,
  encoding: string | undefined,
  maxBytes: number,
): Promise<Uint8Array> {
  if (encoding === undefined || encoding === 'identity') return body;
  const known = ENCODINGS.find((each) => each === encoding.toLowerCase());
  if (!known) {
    const rule = `must be ${ENCODINGS.join(' or ')}`;
    throw httpError(415, 'bad-encoding', { subject: 'Content-Encoding', rule, got: encoding });
  }
  const stream = new Blob([body as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream(known));
  return readAtMost(stream, maxBytes).catch((thrown: unknown) => {
    if (thrown instanceof TypeError) throw badRequest('request body', `must be ${known} data`);
    throw thrown;
  });
}

/** All bytes of a stream. @throws HttpError with status 413 as soon as there are more than `maxBytes` */
export async function readAtMost(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > maxBytes) {
      await reader.cancel().catch(() => undefined);
      throw tooLarge(maxBytes);
    }
    chunks.push(value);
  }
  if (chunks.length === 1) return chunks[0]!;
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

export function tooLarge(maxBytes: number) {
  return httpError(413, 'body-too-large', {
    subject: 'request body',
    rule: `must have at most ${counted(maxBytes, 'byte')}`,
  });
}
