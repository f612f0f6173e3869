import type { CompressProgress } from '@ttrec/embeddings/compress';
import { formatCount } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';

/** Milliseconds between repaints on a terminal, and between lines elsewhere. */
const REPAINT_MS = 100;
const LINE_MS = 5000;

const words: Readonly<Record<CompressProgress['phase'], string>> = {
  fit: 'decomposing',
  'fine-tune': 'fine-tuning',
  measure: 'measuring',
};

/** Says now and then how far compressing is. */
export function progressTo(output: Output): (progress: CompressProgress) => void {
  let shown = performance.now();
  return ({ phase, done, total }) => {
    const now = performance.now();
    if (now - shown < (output.isTerminal ? REPAINT_MS : LINE_MS)) return;
    shown = now;
    // A decomposition reads its rows more than once.
    const pass = done > total ? `, pass ${Math.ceil(done / total)}` : '';
    const within = done > total ? ((done - 1) % total) + 1 : done;
    const line = `${words[phase]}: ${formatCount(within)} of ${formatCount(total)} ${phase === 'fine-tune' ? 'steps' : 'rows'}${pass}`;
    if (output.isTerminal) output.status(line);
    else output.note(line);
  };
}
