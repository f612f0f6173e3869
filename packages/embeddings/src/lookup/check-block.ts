import type { Backend, Block } from '@ttrec/backend';
import { error } from '../error.ts';

/** What a block that a caller hands in has to be. */
export interface BlockRule {
  readonly code: string;
  readonly subject: string;
  readonly backend: Backend;
  readonly rows: number;
  readonly cols: number;
  /** Without it the block has exactly `cols` columns, with it at least as many from here on. */
  readonly firstColumn?: number;
}

/** Checks a block before anything is enqueued. @throws `embeddings/CODE` */
export function checkBlock(
  block: Block,
  { code, subject, backend, rows, cols, firstColumn }: BlockRule,
): void {
  const given = block as Partial<Block> | null | undefined;
  const isBlock = typeof given === 'object' && given?.buffer?.dtype === 'float32';
  const first = firstColumn ?? 0;
  const isWide = firstColumn === undefined ? given?.cols === cols : first + cols <= (given?.cols ?? 0);
  if (isBlock && block.rows === rows && isWide && Number.isInteger(first) && first >= 0) {
    if (backend.owns(block.buffer)) return;
    throw error(code, {
      subject,
      rule: `must be alive, on the backend "${backend.name}"`,
      got: block.buffer.label,
    });
  }
  if (!isBlock || block.rows !== rows) {
    const got = isBlock ? `${block.rows} x ${block.cols}` : given;
    throw error(code, { subject, rule: `must be a float32 block of ${rows} rows`, got });
  }
  const from = firstColumn === undefined ? '' : ` from column ${first} on`;
  throw error(code, {
    subject,
    rule: `must hold ${cols} columns${from}`,
    got: `${block.rows} x ${block.cols}`,
  });
}
