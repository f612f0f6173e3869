/** What is used of a Node stream that is written to; csv-parse's build for browsers brings one along. */
interface ParserStream {
  on(event: 'error', listener: (cause: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  write(chunk: string, done: (cause?: Error | null) => void): unknown;
  end(): unknown;
  resume(): unknown;
}

/**
 * Feeds a parser chunk by chunk until the bytes end or there is enough. As text, since the build for browsers takes no bytes
 * but those of its own Buffer; what is no UTF-8 becomes U+FFFD here, as it would there.
 *
 * Rejects with what reading or parsing throws.
 */
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
  const write = async (text: string) => {
    const taken = new Promise<void>((resolve, reject) => {
      parser.write(text, (cause) => (cause ? reject(cause) : resolve()));
    });
    await Promise.race([taken, ended]);
  };
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for await (const chunk of bytes) {
    await write(decoder.decode(chunk, { stream: true }));
    if (hasEnough()) return;
  }
  await write(decoder.decode());
  parser.end();
  await ended;
}
