import { MarkFilter } from './mark-filter.ts';

/** What is used of csv-parse; its build for browsers brings a Node stream along. */
interface Parser {
  on(event: 'error', listener: (cause: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  write(chunk: string, done: (cause?: Error | null) => void): unknown;
  end(): unknown;
  resume(): unknown;
}

/** Bytes that are decoded at a time, however long a chunk is. */
const PIECE_BYTES = 1 << 18;

/**
 * Feeds a parser piece by piece until the bytes end or `onPiece` returns true. As text, since the build for browsers takes no bytes
 * but those of its own Buffer; what is no UTF-8 becomes U+FFFD here, as it would there.
 *
 * @param onPiece called after each piece with the number of its characters
 * Rejects with what reading, parsing or `onPiece` throws.
 */
export async function feedParser(
  parser: Parser,
  bytes: AsyncIterable<Uint8Array>,
  quote: string,
  onPiece: (characters: number) => boolean,
): Promise<void> {
  const ended = new Promise<void>((resolve, reject) => {
    parser.on('error', reject);
    parser.on('end', resolve);
  });
  // Whoever waits for a piece hears of the error first; nobody else may be listening then.
  ended.catch(() => undefined);
  parser.resume();
  const write = async (text: string) => {
    const taken = new Promise<void>((resolve, reject) => {
      parser.write(text, (cause) => (cause ? reject(cause) : resolve()));
    });
    await Promise.race([taken, ended]);
  };
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const marks = new MarkFilter(quote);
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      const text = decoder.decode(chunk.subarray(at, at + PIECE_BYTES), { stream: true });
      await write(marks.filter(text));
      if (onPiece(text.length)) return;
    }
  }
  await write(decoder.decode());
  parser.end();
  await ended;
}
