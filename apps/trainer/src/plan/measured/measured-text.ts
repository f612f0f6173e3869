import type { CandidateReport, MeasuredPlan, Metric } from '@ttrec/planner/measure';
import { formatBytes, formatTable } from '../../terminal/format.ts';

/** Candidates in the table, those that came furthest first. */
const LINES = 16;

/** What was measured, and what was chosen. */
export function measuredText({ tried, chosen, untried, isWhole }: MeasuredPlan, metric: Metric): string {
  const reason = isWhole ? ', since the budget is too small' : '';
  const missed = untried.length === 0 ? [] : [`not tried${reason}: ${untried.join(', ')}`];
  if (tried.length === 0) {
    return [
      'nothing that fits was measured in time: the plan is made by assumptions alone',
      ...missed,
      `chosen: ${chosen}`,
    ].join('\n');
  }
  const name = metric === 'auc' ? 'AUC' : 'log-loss';
  const table = formatTable(
    ['candidate', 'bytes', 'trained', 'seeds', `validation ${name}`, 'against the chosen (95 %)'],
    tried
      .slice(0, LINES)
      .map((each) => [
        each.name,
        formatBytes(each.bytes),
        percentOf(each.share),
        String(each.losses.length),
        shown(meanOf(each.losses), metric),
        againstChosen(each, metric),
      ]),
  );
  const rest = tried.length <= LINES ? [] : [`and ${tried.length - LINES} more, dropped early`];
  const share = Math.max(...tried.map((each) => each.share));
  const short =
    share === 1 ? [] : [`no candidate was trained beyond ${percentOf(share)} of the training${reason}`];
  const stopped = isWhole ? [] : ['measuring was stopped before its end: differences are less certain'];
  return [table, ...rest, ...missed, ...short, ...stopped, `chosen: ${chosen}`].join('\n');
}

/** As much better or worse as measured: a higher AUC is better, a lower log-loss. */
function againstChosen({ behind }: CandidateReport, metric: Metric): string {
  if (behind === undefined) return '–';
  const difference = metric === 'auc' ? -behind.mean : behind.mean;
  return `${difference < 0 ? '-' : '+'}${Math.abs(difference).toFixed(4)} ± ${behind.halfWidth.toFixed(4)}`;
}

/** A share of the training. */
export function percentOf(share: number): string {
  return `${(100 * share).toPrecision(share === 1 ? 3 : 2)} %`;
}

function shown(loss: number, metric: Metric): string {
  return (metric === 'auc' ? 1 - loss : loss).toFixed(4);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
