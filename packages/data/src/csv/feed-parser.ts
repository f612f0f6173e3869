import { MarkFilter } from './mark-filter.ts';

/** The part of csv-parse in use. Its build for browsers includes a Node stream. */
interface Parser {
  on(event: 'error', listener: (cause: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  write(chunk: string, done: (cause?: Error | null) => void): unknown;
  end(): unknown;
  resume(): unknown;
}

/** Most bytes that are decoded at a time. */
const PIECE_BYTES = 1 << 18;

/**
 * Bytes as text, piece by piece, because csv-parse's build for browsers takes text or its own Buffer only. Invalid UTF-8 becomes U+FFFD, as
 * it would there.
 */
export async function* decoded(bytes: AsyncIterable<Uint8Array>, quote: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const marks = new MarkFilter(quote);
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      yield marks.filter(decoder.decode(chunk.subarray(at, at + PIECE_BYTES), { stream: true }));
    }
  }
  yield decoder.decode();
}

/**
 * Feeds a parser piece by piece until they end or `afterPiece` returns true.
 * Rejects with what reading, parsing or `afterPiece` throws.
 */
export async function feedParser(
  parser: Parser,
  pieces: AsyncIterable<string>,
  afterPiece: (piece: string) => boolean,
): Promise<void> {
  const ended = new Promise<void>((resolve, reject) => {
    parser.on('error', reject);
    parser.on('end', resolve);
  });
  // The write that is pending rejects too; without this, an error in between would be unhandled.
  ended.catch(() => undefined);
  parser.resume();
  const write = async (text: string) => {
    const taken = new Promise<void>((resolve, reject) => {
      parser.write(text, (cause) => (cause ? reject(cause) : resolve()));
    });
    await Promise.race([taken, ended]);
  };
  for await (const piece of pieces) {
    await write(piece);
    if (afterPiece(piece)) return;
  }
  parser.end();
  await ended;
}
