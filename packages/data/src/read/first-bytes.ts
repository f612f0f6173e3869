import { error } from '../error.ts';
import { joined } from './joined.ts';

/** What a file must be. */
export type Expected =
  'a CSV file' | 'a Criteo log' | 'JSON lines' | 'a Parquet file' | 'the encoding of a run';

/** @throws `data/wrong-format` unless the bytes are the start of a Parquet file */
export function requireParquet(path: string, start: Uint8Array): void {
  if (String.fromCharCode(...start.subarray(0, 4)) === 'PAR1') return;
  if (start[0] !== 0x1f) refuseOtherFormat(path, start, 'a Parquet file');
  const [got, hint] = !start.includes(0)
    ? ['text', 'Set "format": "csv" for columns of text.']
    : start[0] === 0x1f
      ? ['gzip', 'Unpack it first.']
      : ['a binary file', undefined];
  throw error('wrong-format', { subject: path, rule: 'must be a Parquet file', got, hint });
}

/** Bytes that identify a format. */
const START_BYTES = 512;
/** Most bytes that are looked at; each is an argument of one call. */
const MOST_BYTES = 1 << 14;

/**
 * Passes the bytes of a file on, unless their start identifies another format.
 *
 * @throws `data/wrong-format`, which names the format and what to do
 */
export async function* checkedFormat(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  expected: Expected,
): AsyncGenerator<Uint8Array> {
  let start = new Uint8Array();
  for await (const chunk of bytes) {
    if (start.length < START_BYTES) {
      start = joined(start, chunk.subarray(0, MOST_BYTES));
      refuseOtherFormat(path, start, expected);
    }
    yield chunk;
  }
}

function refuseOtherFormat(path: string, start: Uint8Array, expected: Expected): void {
  // A character a byte.
  const text = String.fromCharCode(...start.subarray(0, MOST_BYTES));
  const found = binaryFormat(text) ?? textFormat(text.replace(/^\u00ef\u00bb\u00bf/, ''), expected);
  if (found === undefined) return;
  const [got, hint] = found;
  throw error('wrong-format', { subject: path, rule: `must be ${expected}`, got, hint });
}

type Format = readonly [name: string, hint: string];

const CONVERT = 'Convert it first.';
const EXPORT = 'Export the table from it first.';
const UNPACK = 'Unpack it first; gzip is read as it is.';
const FETCH = 'Fetch the file itself.';
const readAs = (format: string) => `Convert it, or set "format": "${format}".`;
const decode = (name: string) => `Convert it: iconv -f ${name} -t UTF-8.`;

/** Formats by their first bytes. The mark of UTF-32 starts like that of UTF-16, so it comes first. */
const signatures: readonly (readonly [start: string, ...Format])[] = [
  ['PAR1', 'a Parquet file', readAs('parquet')],
  ['ORC', 'an ORC file', CONVERT],
  ['Obj\x01', 'an Avro file', CONVERT],
  ['ARROW1', 'an Arrow file', CONVERT],
  ['FEA1', 'a Feather file', CONVERT],
  ['\x89HDF\r\n', 'an HDF5 file', CONVERT],
  ['\x93NUMPY', 'a NumPy array', CONVERT],
  ['SQLite format 3\0', 'an SQLite database', EXPORT],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'an old Excel workbook (.xls)', EXPORT],
  ['%PDF-', 'a PDF file', EXPORT],
  ['\x1f\x8b', 'gzip inside gzip', 'Unpack it once.'],
  ['BZh', 'a bzip2 archive', UNPACK],
  ['\xfd7zXZ\0', 'an xz archive', UNPACK],
  ['\x28\xb5\x2f\xfd', 'a Zstandard archive', UNPACK],
  ['\x04\x22\x4d\x18', 'an LZ4 archive', UNPACK],
  ['\xff\x06\0\0sNaPpY', 'a Snappy archive', UNPACK],
  ['7z\xbc\xaf\x27\x1c', 'a 7z archive', UNPACK],
  ['Rar!\x1a\x07', 'a RAR archive', UNPACK],
  ['\xff\xfe\0\0', 'UTF-32 text', decode('UTF-32')],
  ['\0\0\xfe\xff', 'UTF-32 text', decode('UTF-32')],
  ['\xff\xfe', 'UTF-16 text', decode('UTF-16')],
  ['\xfe\xff', 'UTF-16 text', decode('UTF-16')],
];

function binaryFormat(start: string): Format | undefined {
  const signature = signatures.find(([bytes]) => start.startsWith(bytes));
  // A column may have a name such as BZh1. bzip2 continues with the digits of pi.
  if (signature && (signature[0] !== 'BZh' || start.startsWith('1AY&SY', 4)))
    return [signature[1], signature[2]];
  if (start.startsWith('PK\x03\x04')) {
    return /\[Content_Types\]\.xml|xl\//.test(start)
      ? ['an Excel workbook (.xlsx)', 'Save the sheet as CSV (UTF-8).']
      : ['a zip archive', UNPACK];
  }
  if (start.startsWith('DUCK', 8)) return ['a DuckDB database', EXPORT];
  if (start.startsWith('ustar', 257)) return ['a tar archive', UNPACK];
  const line = start.slice(0, start.indexOf('\n') + 1 || undefined);
  if (!line.includes('\0')) return undefined;
  if (/^([^\0]\0){2,}/.test(line)) return ['UTF-16 text', decode('UTF-16LE')];
  if (/^(\0[^\0]){2,}/.test(line)) return ['UTF-16 text', decode('UTF-16BE')];
  return ['a binary file', 'Give a file of text.'];
}

function textFormat(start: string, expected: Expected): Format | undefined {
  if (/^\s*<(!doctype html|html|\?xml)/i.test(start)) return ['a web page or XML', FETCH];
  if (start.startsWith('version https://git-lfs.github.com/spec/')) {
    return ['a pointer of Git LFS', 'Fetch the file itself: git lfs pull.'];
  }
  if (expected === 'the encoding of a run') return undefined;
  if (expected === 'JSON lines' && /^\s*\{/.test(start)) return undefined;
  if (isJson(start)) {
    return /^\s*\{[^\n]*\}\s*(\n|$)/.test(start)
      ? ['JSON lines', readAs('jsonl')]
      : ['JSON', `${CONVERT} jq -c '.[]' writes JSON lines.`];
  }
  // A byte order mark may not be whole yet.
  if (expected === 'JSON lines' && /\S/.test(start) && start.length > 3) {
    return ['text that does not start with {', 'Set "format": "csv" for columns of text.'];
  }
  return hasOnlyCarriageReturns(start)
    ? ['lines that end with CR alone', String.raw`Convert them: tr '\r' '\n'.`]
    : undefined;
}

/** An object or a list of JSON, or its first line. No header of a CSV file starts like one. */
function isJson(start: string): boolean {
  return /^\s*(\{\s*["}]|\{\s*\n|\[\s*[[{"\]]|\[\s*\n|\[\s*-?\d[^\n]*\]\s*(\n|$))/.test(start);
}

/** Carriage returns inside quotes are text. */
function hasOnlyCarriageReturns(start: string): boolean {
  return !start.includes('\n') && start.split('"').some((part, at) => at % 2 === 0 && /\r./.test(part));
}
