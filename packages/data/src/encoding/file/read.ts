import { checkedFormat } from '../../read/first-bytes.ts';
import { readBytes } from '../../read/read-bytes.ts';
import { TextListWriter } from '../../cells/text-list.ts';
import { readEncodingFrom } from './decode.ts';
import type { Encoding } from '../encoding.ts';

/**
 * Reads a file that `encodingBytes` wrote. Needs Node. Holds one line of the file beside the result.
 *
 * @throws `data/bad-encoding`, naming the line, for other content or another version; `data/wrong-format`; for the file itself
 * `data/file-not-found`, `data/unreadable-file`, `data/empty-file`, `data/truncated-gzip`, `data/corrupt-gzip`
 */
export async function readEncoding(path: string): Promise<Encoding> {
  const bytes = readBytes(path, { bytesRead: 0, totalBytes: 0 });
  return readEncodingFrom(
    path,
    checkedFormat(path, bytes, 'the encoding of a run'),
    () => new TextListWriter(),
  );
}
