import { formatMetric } from '../../terminal/format.ts';
import type { Reference } from './curve.ts';

/** A level across the plot, its label on the given side of the line. */
export function referenceSeries({ label, value }: Reference, side: 'above' | 'below'): object {
  return {
    type: 'line',
    // markLine does not count for the range of the axis; this invisible point does.
    data: [[1, value]],
    symbol: 'none',
    markLine: {
      symbol: 'none',
      // The line would stand at the value rounded to two places.
      precision: 12,
      data: [{ yAxis: value }],
      lineStyle: { color: 'var(--muted)', type: [1.5, 3], width: 1.5 },
      label: {
        position: side === 'above' ? 'insideEndTop' : 'insideEndBottom',
        formatter: () => `${label} ${formatMetric(value)}`,
        color: 'var(--muted)',
        fontSize: 12,
        textBorderColor: 'var(--surface)',
        textBorderWidth: 3,
      },
    },
  };
}
