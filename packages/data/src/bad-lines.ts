import { error } from './error.ts';
import type { BadLine } from './dataset.ts';

const KEPT = 10;

/** What is wrong with a line, before anyone decides what to do about it. */
export interface LineFault extends BadLine {
  readonly kind: 'malformed-line' | 'wrong-column-count';
}

/** Ends reading at the first bad line, or counts them and keeps the first few places. */
export class BadLines {
  count = 0;
  readonly first: BadLine[] = [];
  readonly #policy: 'fail' | 'skip';

  constructor(policy: 'fail' | 'skip') {
    this.#policy = policy;
  }

  /** @throws `data/malformed-line` or `data/wrong-column-count` unless lines are to be skipped */
  add({ kind, ...place }: LineFault): void {
    if (this.#policy === 'fail') throw badLine(kind, place);
    this.count++;
    if (this.first.length < KEPT) this.first.push(place);
  }
}

function badLine(kind: LineFault['kind'], { file, line, column, rule, got }: BadLine) {
  const where = column === undefined ? '' : `, column ${column}`;
  return error(kind, {
    subject: `${file}, line ${line}${where}`,
    rule,
    got,
    hint: 'Mend the line, or skip such lines (onBadLine: "skip").',
  });
}
