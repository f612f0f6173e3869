import { once } from 'node:events';
import { writeFileAtomic } from '@ttrec/tensor-files';
import { STREAM } from './row-file.ts';

/** Characters gathered before they are written. */
const CHUNK = 1 << 16;

/** Writes lines to a file, which is replaced as a whole, or to standard output at the pace of its reader. */
export async function writeScores(path: string, lines: AsyncIterable<string>): Promise<void> {
  if (path !== STREAM) {
    await writeFileAtomic(path, encoded(chunksOf(lines)));
    return;
  }
  for await (const chunk of chunksOf(lines)) {
    // The reader has seen enough, as in `ttrec predict … | head`.
    if (process.stdout.destroyed || process.stdout.errored) return;
    if (!process.stdout.write(chunk)) await drained();
  }
}

/** Resolves when standard output takes more, or is gone. */
async function drained(): Promise<void> {
  const ended = new AbortController();
  const { signal } = ended;
  // `once` rejects when the stream fails, which the caller sees by the stream.
  await Promise.race(
    ['drain', 'close'].map((event) => once(process.stdout, event, { signal }).catch(() => undefined)),
  );
  ended.abort();
}

async function* chunksOf(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let text = '';
  for await (const line of lines) {
    text += line;
    if (text.length < CHUNK) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

async function* encoded(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}
