import type { ByteSource } from '@ttrec/tensor-files/byte-source';
import { error } from '../error.ts';
import { bodyOf, requested, type FetchOptions } from './request.ts';

/** How a model came. */
export interface FetchReport {
  readonly requests: number;
  /** Received. */
  readonly bytes: number;
  /** Whether what scoring needs was asked for alone. Files with a digest are fetched whole, and so are the files of an index. */
  readonly byRanges: boolean;
}

/** Asked for first: the header, and the whole file where it is a small one. */
const FIRST_BYTES = 2 ** 20;
/** Spans of the file after its header: with it and its rest, three requests at most. */
const MOST_SPANS = 2;
const LENGTH_BYTES = 8;
const MAX_HEADER_BYTES = 100_000_000;

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The parts of a file that have arrived. */
class Arrived implements ByteSource {
  readonly name: string;
  size: number;
  requests = 1;
  bytes = 0;
  readonly #spans: (Span & { readonly bytes: Uint8Array })[] = [];

  constructor(name: string, size: number) {
    this.name = name;
    this.size = size;
  }

  add(start: number, bytes: Uint8Array): void {
    this.bytes += bytes.length;
    this.#spans.push({ start, end: start + bytes.length, bytes });
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const out = new Uint8Array(length);
    let at = offset;
    for (const { start, end, bytes } of this.#spans.toSorted((a, b) => a.start - b.start)) {
      if (at < start || at >= end) continue;
      const part = bytes.subarray(at - start, offset + length - start);
      out.set(part, at - offset);
      at += part.length;
    }
    if (at === offset + length) return out;
    const rule = `bytes ${offset} to ${offset + length} must be among those that were fetched`;
    throw error('cannot-fetch', { subject: this.name, rule, got: `those up to ${at}` });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Fetches what scoring needs of a model file: its header first, then the tensors that are not for training alone, in at most three requests;
 * the whole file in one where the server sends no ranges.
 *
 * @throws `serving/cannot-fetch`, the reason of the signal
 */
export async function fetchByRanges(
  url: string,
  options: FetchOptions,
): Promise<{ readonly source: ByteSource; readonly report: FetchReport }> {
  const first = await requested(url, options, { start: 0, end: FIRST_BYTES });
  const bytes = await bodyOf(url, first);
  const arrived = new Arrived(url, bytes.length);
  arrived.add(0, bytes);
  const isWhole = first.status !== 206 || bytes.length < FIRST_BYTES;
  const fetched = isWhole || (await fetchRest(arrived, bytes, { url, options, version: versionOf(first) }));
  const { requests } = arrived;
  if (fetched)
    return { source: arrived, report: { requests, bytes: arrived.bytes, byRanges: first.status === 206 } };
  // The file has changed since, or the server has come to send it whole.
  const whole = await bodyOf(url, await requested(url, options));
  const source = new Arrived(url, whole.length);
  source.add(0, whole);
  return { source, report: { requests: requests + 1, bytes: arrived.bytes + whole.length, byRanges: false } };
}

interface File {
  readonly url: string;
  readonly options: FetchOptions;
  readonly version: string;
}

/** @returns false if what arrives is no part of the same file */
async function fetchRest(arrived: Arrived, first: Uint8Array, file: File): Promise<boolean> {
  const view = new DataView(first.buffer, first.byteOffset);
  const length = Number(view.getBigUint64(0, true));
  // Of another format, or of none: what has arrived is enough to say so.
  if (length > MAX_HEADER_BYTES) return true;
  const headerEnd = LENGTH_BYTES + length;
  if (headerEnd > first.length && !(await fetchSpan(arrived, { start: first.length, end: headerEnd }, file)))
    return false;
  const from = Math.max(first.length, headerEnd);
  const header = headerIn(await arrived.read(LENGTH_BYTES, length));
  if (header === undefined) return true;
  arrived.size = headerEnd + header.bytes;
  const needed = header.needed.map(({ start, end }) => ({ start: headerEnd + start, end: headerEnd + end }));
  const spans = joined(needed, from, headerEnd > first.length ? MOST_SPANS - 1 : MOST_SPANS);
  return (await Promise.all(spans.map((span) => fetchSpan(arrived, span, file)))).every(Boolean);
}

async function fetchSpan(arrived: Arrived, span: Span, { url, options, version }: File): Promise<boolean> {
  arrived.requests++;
  const response = await requested(url, options, span);
  if (response.status !== 206 || versionOf(response) !== version) {
    await response.body?.cancel();
    return false;
  }
  const bytes = await bodyOf(url, response);
  arrived.add(span.start, bytes);
  return true;
}

/** Where the tensors lie that scoring needs, from the end of the header on; undefined if it is none. It is checked when the file is opened. */
function headerIn(
  bytes: Uint8Array,
): { readonly bytes: number; readonly needed: readonly Span[] } | undefined {
  try {
    const { __metadata__: metadata, ...entries } = JSON.parse(new TextDecoder().decode(bytes)) as Record<
      string,
      { readonly data_offsets: readonly [number, number]; readonly trainingTensors?: string }
    >;
    const training = new Set(JSON.parse(metadata?.trainingTensors ?? '[]') as readonly string[]);
    const places = Object.entries(entries).map(
      ([
        name,
        {
          data_offsets: [start, end],
        },
      ]) => ({ name, start, end }),
    );
    return {
      bytes: Math.max(0, ...places.map(({ end }) => end)),
      needed: places.filter(({ name }) => !training.has(name)).toSorted((a, b) => a.start - b.start),
    };
  } catch {
    return undefined;
  }
}

/** At most so many spans with what is needed from a place on: those with the smallest gaps between them are one. */
function joined(needed: readonly Span[], from: number, most: number): Span[] {
  const spans: Span[] = [];
  for (const { start, end } of needed) {
    const last = spans.at(-1);
    if (end <= from) continue;
    if (last && start <= last.end)
      spans[spans.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    else spans.push({ start: Math.max(start, from), end });
  }
  while (spans.length > most) {
    const gaps = spans.slice(1).map(({ start }, i) => start - spans[i]!.end);
    const at = gaps.indexOf(Math.min(...gaps));
    spans.splice(at, 2, { start: spans[at]!.start, end: spans[at + 1]!.end });
  }
  return spans;
}

function versionOf({ headers }: Response): string {
  return `${headers.get('etag') ?? ''} ${headers.get('last-modified') ?? ''}`;
}
