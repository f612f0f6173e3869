/** What is used of a Node stream that is written to; csv-parse's build for browsers brings one along. */
interface ParserStream {
  on(event: 'error', listener: (cause: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  write(chunk: Uint8Array, done: (cause?: Error | null) => void): unknown;
  end(): unknown;
  resume(): unknown;
}

/** Feeds a parser chunk by chunk until the bytes end or there is enough. Rejects with what reading or parsing throws. */
export async function parseInto(
  parser: ParserStream,
  bytes: AsyncIterable<Uint8Array>,
  hasEnough: () => boolean,
): Promise<void> {
  const ended = new Promise<void>((resolve, reject) => {
    parser.on('error', reject);
    parser.on('end', resolve);
  });
  // Whoever waits for a chunk hears of the error first; nobody else may be listening then.
  ended.catch(() => undefined);
  parser.resume();
  for await (const chunk of bytes) {
    const taken = new Promise<void>((resolve, reject) => {
      parser.write(chunk, (cause) => (cause ? reject(cause) : resolve()));
    });
    await Promise.race([taken, ended]);
    if (hasEnough()) return;
  }
  parser.end();
  await ended;
}
