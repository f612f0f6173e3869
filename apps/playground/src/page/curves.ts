import { byId, setText } from '@ttrec/page-parts/dom';
import { formatMetric } from '../format.ts';
import type { HeldOutPoint } from '../protocol/messages.ts';
import type { PageState, RunView } from '../state/state.ts';
import { Chart, type ChartContent, type Curve, type Reference } from './chart.ts';
import { colourOf, nameOf } from './run-style.ts';

/** The two charts, with a sentence each that says what the curves show. */
export function mountCurves(): (state: PageState) => void {
  const loss = new Chart(byId('loss-chart'));
  const auc = new Chart(byId('auc-chart'));
  return (state) => {
    loss.show(lossContent(state));
    auc.show(aucContent(state));
    const { run } = state;
    const last = run?.heldOut.at(-1);
    if (!run || !last) return;
    setText(byId('loss-summary'), lossSentence(run, last));
    setText(byId('auc-summary'), aucSentence(run, last.auc));
  };
}

function lossContent({ run, earlier }: PageState): ChartContent {
  const curves: Curve[] = earlier.map((view) => heldOut(view, 'loss', 'earlier'));
  if (run) {
    const points = run.train.map(({ step, loss }) => ({ step, value: loss }));
    curves.push(
      { label: 'training', colour: colourOf(run), style: 'faint', points },
      heldOut(run, 'loss', 'strong'),
    );
  }
  return { curves, references: referencesOf(run?.bestPossible?.loss, run?.heldOut.at(-1)?.baseRateLoss) };
}

function aucContent({ run, earlier }: PageState): ChartContent {
  const curves: Curve[] = earlier.map((view) => heldOut(view, 'auc', 'earlier'));
  if (run) curves.push(heldOut(run, 'auc', 'strong'));
  return { curves, references: referencesOf(run?.bestPossible?.auc, run && 0.5) };
}

/** What can be reached at best, and what a constant reaches. */
function referencesOf(best: number | null | undefined, constant: number | undefined): Reference[] {
  return [
    ...(best == null ? [] : [{ label: 'best possible', value: best, dash: [6, 4] as const }]),
    ...(constant === undefined ? [] : [{ label: 'base rate', value: constant, dash: [1, 4] as const }]),
  ];
}

function heldOut(run: RunView, field: 'loss' | 'auc', style: Curve['style']): Curve {
  const points = run.heldOut.map((point) => ({ step: point.step, value: point[field] }));
  return { label: `${nameOf(run)} ${run.id}`, colour: colourOf(run), style, points };
}

function lossSentence({ bestPossible, train }: RunView, { loss, baseRateLoss }: HeldOutPoint): string {
  const training = train.length > 0 ? ` Thin: training, ${formatMetric(train.at(-1)!.loss)}.` : '';
  const best = bestPossible ? ` Dashed: the best possible, ${formatMetric(bestPossible.loss)}.` : '';
  const base = ` Dotted: the base rate, ${formatMetric(baseRateLoss)}.`;
  return `Held out, ${formatMetric(loss)}: lower is better.${training}${best}${base}`;
}

function aucSentence({ bestPossible }: RunView, now: number | null): string {
  const best =
    bestPossible?.auc == null ? '' : ` Dashed: the best possible, ${formatMetric(bestPossible.auc)}.`;
  return `The chance that a click ranks above a row without one, ${formatMetric(now)}; guessing is 0.5, dotted.${best}`;
}
