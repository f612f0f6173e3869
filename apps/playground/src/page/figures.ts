import { byId, setText } from '@ttrec/page-parts/dom';
import { summarise } from '@ttrec/training/records';
import { formatBytes, formatMetric, formatRate, formatRatio } from '../format.ts';
import { engineName, type PageState } from '../state/state.ts';

/** The four numbers that matter, with their units. */
export function renderFigures({ run }: PageState): void {
  const put = (name: string, figure: string, note: string) => {
    setText(byId(`figure-${name}`), figure);
    setText(byId(`note-${name}`), note);
  };
  if (!run) {
    for (const name of ['loss', 'auc', 'bytes', 'speed']) put(name, '–', '');
    return;
  }
  const last = run.heldOut.at(-1);
  const best = run.bestPossible;
  put('loss', formatMetric(last?.loss), best ? `best possible ${formatMetric(best.loss)}` : '');
  put('auc', formatMetric(last?.auc), best?.auc == null ? '' : `best possible ${formatMetric(best.auc)}`);
  const { bytes, denseBytes, compression } = summarise(run.tables);
  put(
    'bytes',
    formatBytes(bytes),
    bytes === denseBytes
      ? 'as dense as can be'
      : `${formatRatio(compression)} smaller than ${formatBytes(denseBytes).replace(' ', '\u00A0')}`,
  );
  const { readRowsPerSecond: rate } = run;
  const reading = rate === undefined ? '' : `, reads ${formatRate(rate)} rows/s`;
  put(
    'speed',
    formatRate(run.stepsPerSecond),
    `${formatRate(run.rowsPerSecond)} rows/s on ${engineName(run.engine)}${reading}`,
  );
}
