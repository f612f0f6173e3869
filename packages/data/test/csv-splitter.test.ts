import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOf, textsOf } from '../src/cells/cells.ts';
import { CsvSplitter, QuoteFault } from '../src/csv/splitter.ts';

const utf8 = (text: string) => Buffer.from(text);

/** The records of some bytes, with the line of each; or the fault. */
function split(chunks: readonly Uint8Array[], delimiter = ',', quote = '"') {
  const records: string[][] = [];
  const lines: number[] = [];
  const splitter = new CsvSplitter(
    { delimiter: bytesOf(delimiter), quote: bytesOf(quote) },
    (cells, line) => {
      records.push(textsOf(cells));
      lines.push(line);
    },
  );
  try {
    for (const chunk of chunks) splitter.push(chunk);
    splitter.finish();
  } catch (fault) {
    if (!(fault instanceof QuoteFault)) throw fault;
    return { records, lines, fault: fault.kind };
  }
  return { records, lines, fault: undefined };
}

/** csv-parse, an independent program, on the whole text. */
function reference(text: string, delimiter: string, quote: string) {
  try {
    const records: string[][] = parse(text, {
      delimiter,
      quote,
      escape: quote,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: true,
    });
    return { records, fault: undefined };
  } catch (cause) {
    const faults: Record<string, string> = {
      CSV_QUOTE_NOT_CLOSED: 'unclosed',
      CSV_INVALID_CLOSING_QUOTE: 'closing',
      INVALID_OPENING_QUOTE: 'opening',
    };
    return { records: undefined, fault: faults[(cause as { code: string }).code] };
  }
}

const marks = fc.constantFrom(
  [',', '"'] as const,
  ['\t', "'"] as const,
  ['→', '"'] as const,
  [';', '”'] as const,
);

test('gives the records of csv-parse, and its faults, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      marks.chain(([delimiter, quote]) => {
        const unit = fc.oneof(
          { weight: 6, arbitrary: fc.constantFrom('a', 'é', '0', '😀', ' ') },
          {
            weight: 8,
            arbitrary: fc.constantFrom(
              delimiter,
              quote,
              '\n',
              '\r\n',
              '\r',
              `${delimiter}${quote}`,
              `${quote}${quote}`,
            ),
          },
          {
            weight: 3,
            arbitrary: fc.constantFrom(
              `${quote}x${quote}${delimiter}`,
              `${quote}\n${quote}${quote}${quote}\n`,
            ),
          },
        );
        const text = fc.array(unit, { maxLength: 40 }).map((units) => units.join(''));
        return fc.tuple(
          fc.constant(delimiter),
          fc.constant(quote),
          text,
          fc.array(fc.nat(60), { maxLength: 4 }),
        );
      }),
      ([delimiter, quote, text, cuts]) => {
        const bytes = utf8(text);
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].toSorted(
          (a, b) => a - b,
        );
        const pieces = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
        const whole = split([bytes], delimiter, quote);
        expect(split(pieces, delimiter, quote)).toEqual(whole);
        expect(
          split(
            Array.from(bytes, (byte) => Uint8Array.of(byte)),
            delimiter,
            quote,
          ),
        ).toEqual(whole);
        const { records, fault } = reference(text, delimiter, quote);
        expect(whole.fault).toBe(fault);
        if (fault === undefined) expect(whole.records).toEqual(records);
      },
    ),
    { numRuns: 3000 },
  );
});

describe('beyond csv-parse:', () => {
  test('the line where each record starts, breaks in quotes and empty lines included', () => {
    const { records, lines } = split([utf8('a\n\n"b\n\nc"\r\n\r\nd\n"e')]);
    expect(records).toEqual([['a'], ['b\n\nc'], ['d']]);
    expect(lines).toEqual([1, 3, 7]);
  });

  test('byte order marks in front of records are no text, elsewhere they are', () => {
    const mark = '\ufeff';
    const { records } = split([utf8(`${mark}${mark}"a",b\n${mark}c,${mark}d\n"x\n${mark}y"\n${mark}\n`)]);
    expect(records).toEqual([['a', 'b'], ['c', `${mark}d`], [`x\n${mark}y`]]);
  });
});
