import { printable } from '@ttrec/core';
import { error } from '../error.ts';
import type { BadLine } from '../dataset.ts';
import { emptyFile } from './read-bytes.ts';

const KEPT = 10;

/** What is wrong with a line, whatever the policy on bad lines. */
export interface LineFault extends BadLine {
  readonly kind: 'malformed-line' | 'wrong-column-count';
}

/** Throws at the first bad line, or counts bad lines and keeps the first few. */
export class BadLines {
  count = 0;
  readonly first: BadLine[] = [];
  readonly #byFile = new Map<string, { count: number; readonly first: BadLine }>();
  readonly #policy: 'fail' | 'skip';

  constructor(policy: 'fail' | 'skip') {
    this.#policy = policy;
  }

  /** @throws `data/malformed-line` or `data/wrong-column-count` unless lines are to be skipped */
  add({ kind, ...fault }: LineFault): void {
    if (this.#policy === 'fail') this.refuse({ kind, ...fault });
    const place = printablePlace(fault);
    this.#count([place], 1);
  }

  /** Adds those of a part of a file. @param lines before the part */
  addPart(
    { count, first }: { readonly count: number; readonly first: readonly BadLine[] },
    lines: number,
  ): void {
    if (count > 0)
      this.#count(
        first.map((place) => ({ ...place, line: place.line + lines })),
        count,
      );
  }

  #count(first: readonly BadLine[], count: number): void {
    this.count += count;
    this.first.push(...first.slice(0, KEPT - this.first.length));
    const [place] = first as readonly [BadLine];
    const ofFile = this.#byFile.get(place.file);
    if (ofFile === undefined) this.#byFile.set(place.file, { count, first: place });
    else ofFile.count += count;
  }

  /** @throws `data/malformed-line` or `data/wrong-column-count`, whatever the policy */
  refuse({ kind, ...fault }: LineFault): never {
    throw badLine(kind, printablePlace(fault));
  }

  /** The error for a file without rows: `data/no-usable-rows` if lines were skipped, else `data/empty-file`. */
  noRows(file: string) {
    const skipped = this.#byFile.get(file);
    if (skipped === undefined) return emptyFile(file);
    const { count, first } = skipped;
    return error('no-usable-rows', {
      subject: file,
      rule: 'must hold at least one usable row',
      got: count === 1 ? 'one line, which was skipped' : `${count} lines, all of which were skipped`,
      hint: `The first: ${placeOf(first)}: ${first.rule}, got ${typeof first.got === 'string' ? `"${first.got}"` : first.got}.`,
    });
  }
}

/** Reports can be shown without further escaping, and keep no large cell. */
function printablePlace({ column, got, ...place }: BadLine): BadLine {
  return {
    ...place,
    column: column === undefined ? undefined : printable(column),
    got: typeof got === 'string' ? printable(got) : got,
  };
}

function placeOf({ line, column }: BadLine): string {
  return column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
}

function badLine(kind: LineFault['kind'], place: BadLine) {
  const { file, rule, got } = place;
  return error(kind, {
    subject: `${file}, ${placeOf(place)}`,
    rule,
    got,
    hint: 'Mend the line, or skip such lines (onBadLine: "skip").',
  });
}
