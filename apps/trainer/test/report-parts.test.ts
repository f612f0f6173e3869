import type { RunRecord } from '@ttrec/training/records';
import { describe, expect, it } from 'vitest';
import { bytesAxis } from '../src/report/figures/axes.ts';
import { condense, curveOf } from '../src/report/figures/curve.ts';
import { spread } from '../src/report/figures/spread.ts';
import { html } from '../src/report/page/html.ts';
import { RUN_COLOURS, runStyle } from '../src/report/page/run-style.ts';
import { STYLESHEET } from '../src/report/page/stylesheet.ts';
import { renderReport } from '../src/report/render-report.ts';
import type { ReportRun } from '../src/report/report-input.ts';
import { renderRunTable } from '../src/report/run-table.ts';
import { withoutRepeats } from '../src/report/same-runs.ts';
import { comparison, finalRecord, metrics, withRuns } from './report-fixture.ts';

describe('renderRunTable', () => {
  it('aligns the columns of all runs', () => {
    expect(renderRunTable(comparison().runs)).toBe(
      [
        'run        bytes  compression  log-loss     AUC  log-loss to best  AUC to best  samples/s',
        '───────  ───────  ───────────  ────────  ──────  ────────────────  ───────────  ─────────',
        'dense    2.16 GB        1.00x    0.5021  0.7604            0.0109       0.0137     21,450',
        'hash     21.8 MB        99.1x    0.5188  0.7359            0.0276       0.0382     20,871',
        'tt       21.7 MB        99.7x    0.5097  0.7498            0.0185       0.0243      6,412',
        'hash+tt  21.8 MB        99.2x    0.5079  0.7522            0.0167       0.0219      6,875',
      ].join('\n'),
    );
  });

  it('shows a dash for what is not known, and no distance where none is', () => {
    const final = finalRecord({ test: { ...metrics({ auc: null }), step: 1 }, samplesPerSecond: 3.14 });
    const [head, , ended, stopped] = renderRunTable([{ name: 'a', final }, { name: 'b' }]).split('\n');
    expect(head!.split(/\s{2,}/)).toEqual(['run', 'bytes', 'compression', 'log-loss', 'AUC', 'samples/s']);
    expect(ended!.split(/\s{2,}/)).toEqual(['a', '2.16 GB', '1.00x', '0.5021', '–', '3.1']);
    expect(stopped!.split(/\s{2,}/)).toEqual(['b', '–', '–', '–', '–', '–']);
  });

  it('shows a distance that rounds to zero without a sign, and one below it with', () => {
    const at = (logLoss: number) => ({
      test: { ...metrics({ logLoss }), step: 1, bestPossible: { logLoss: 0.5, auc: null } },
    });
    const rows = [0.49999, 0.4997].map((logLoss) => ({ name: 'a', final: finalRecord(at(logLoss)) }));
    const lines = renderRunTable(rows).split('\n').slice(2);
    expect(lines.map((line) => line.split(/\s{2,}/)[5])).toEqual(['0.0000', '-0.0003']);
  });

  it('lets no name steer the terminal', () => {
    expect(renderRunTable([{ name: '\u001b[2Ja\nb' }])).toContain('\\x1b[2Ja\\nb');
  });
});

describe('html', () => {
  it('escapes values, but not markup, and joins arrays', () => {
    expect(html`<a b="${`'"`}">${[html`<br />`, '<&>', 1]}</a>`.text).toBe(
      '<a b="&#39;&quot;"><br />&lt;&amp;&gt;1</a>',
    );
  });
});

describe('condense', () => {
  it('keeps few points as they are', () => {
    const points = [
      { samples: 10, value: 1 },
      { samples: 20, value: 2 },
    ];
    expect(condense(points, 2)).toBe(points);
  });

  it('gives the mean over the rows of the points it joins', () => {
    // Losses 1, 4 and 2 over 10, 20 and 30 rows: (10 + 80) / 30 and 2.
    const points = [
      { samples: 10, value: 1 },
      { samples: 30, value: 4 },
      { samples: 60, value: 2 },
    ];
    expect(condense(points, 2)).toEqual([
      { samples: 30, value: 3 },
      { samples: 60, value: 2 },
    ]);
  });

  it('never gives more than the limit', () => {
    const points = Array.from({ length: 1001 }, (_, i) => ({ samples: i + 1, value: 1 }));
    const condensed = condense(points, 100);
    expect(condensed.length).toBeLessThanOrEqual(100);
    expect(condensed.at(-1)).toEqual({ samples: 1001, value: 1 });
  });
});

describe('the end of a curve', () => {
  const points = (last: number) => [
    { samples: 100, value: 1 },
    { samples: 200, value: 2 },
    { samples: 200 + last, value: 8 },
  ];
  const records = (last: number) =>
    points(last).map(({ samples, value }) => ({ type: 'train', samples, loss: value }) as RunRecord);

  it('is no mean of a few rows, before and after points are joined', () => {
    // 49 rows of 8 join the 100 rows of 2 before them; 50 stand for themselves.
    const joined = { samples: 249, value: (100 * 2 + 49 * 8) / 149 };
    expect(curveOf({ name: 'a', records: records(49) }, 'logLoss').training.at(-1)).toEqual(joined);
    expect(curveOf({ name: 'a', records: records(50) }, 'logLoss').training).toEqual(points(50));
    const many = Array.from({ length: 202 }, (_, i) => ({ samples: i + 1, value: i < 201 ? 1 : 50 }));
    expect(condense(many, 100).at(-1)).toEqual({ samples: 202, value: (3 * 1 + 50) / 4 });
  });
});

describe('the axis of bytes', () => {
  it.each([
    [[120e3, 4.4e6], 100e3, 5e6],
    [[1e6], 5e5, 2e6],
    [[219, 1819], 100, 5000],
  ])('of %o fits it', (values, min, max) => {
    const axis = bytesAxis(values, false);
    expect([axis.min, axis.max]).toEqual([min, max]);
    expect(axis.axisTick.customValues.every((tick) => tick >= min && tick <= max)).toBe(true);
  });

  it('has no more labels than fit', () => {
    for (const [narrow, most] of [
      [false, 8],
      [true, 4],
    ] as const) {
      for (let high = 1e3; high < 1e13; high *= 7) {
        const { customValues } = bytesAxis([900, high], narrow).axisLabel;
        expect(customValues.length).toBeGreaterThan(0);
        expect(customValues.length).toBeLessThanOrEqual(most);
      }
    }
  });
});

describe('runs that are the same training', () => {
  const { runs, tables } = comparison();
  const [dense, , tt] = runs as [ReportRun, ReportRun, ReportRun];
  const planned = {
    ...tt,
    name: 'planned',
    final: { ...tt.final!, samplesPerSecond: 1, trainingSeconds: 9 },
  };
  const rowsOf = (run: string, like: string) => ({
    run,
    rows: tables!.find((each) => each.run === like)!.rows,
  });

  it('are one, under both names', () => {
    const input = { ...withRuns(dense, tt, planned), tables: [...tables!, rowsOf('planned', 'tt')] };
    const { runs: left, tables: rows } = withoutRepeats(input);
    expect(left.map(({ name }) => name)).toEqual(['dense', 'tt = planned']);
    expect(left[1]!.final!.samplesPerSecond).toBe(tt.final!.samplesPerSecond);
    expect(rows!.map(({ run }) => run)).toEqual(['dense', 'tt = planned']);
    const page = renderReport(input);
    expect(page.match(/<th scope="row">.*?tt = planned/gs)).not.toBeNull();
    expect(page).toContain('2 runs');
  });

  it.each<[string, ReportRun, string]>([
    ['other tables', planned, 'hash'],
    ['another loss on the way', { ...planned, records: tt.records.slice(1) }, 'tt'],
    [
      'another result',
      { ...planned, final: { ...planned.final, test: { ...tt.final!.test, auc: 0.7 } } },
      'tt',
    ],
    ['no end yet', { name: 'planned', records: tt.records }, 'tt'],
  ])('but not with %s', (_, run, like) => {
    const input = { ...withRuns(tt, run), tables: [...tables!, rowsOf('planned', like)] };
    expect(withoutRepeats(input).runs.map(({ name }) => name)).toEqual(['tt', 'planned']);
  });
});

describe('spread', () => {
  it('leaves alone what is far enough apart', () => {
    expect(spread([40, 0, 20], 16)).toEqual([40, 0, 20]);
  });

  it('moves what is too near around its middle, keeping the order', () => {
    expect(spread([10, 10, 100], 16)).toEqual([2, 18, 100]);
    expect(spread([12, 10, 8], 10)).toEqual([20, 10, 0]);
  });

  it('lets a cluster push its neighbour', () => {
    // 0, 4 → -3, 7, too near to 10; all three around their mean 14/3.
    const [a, b, c] = spread([0, 4, 10], 10) as [number, number, number];
    expect([b - a, c - b]).toEqual([10, 10]);
    expect((a + b + c) / 3).toBeCloseTo(14 / 3, 12);
  });

  it('has nothing to do for nothing', () => {
    expect(spread([], 16)).toEqual([]);
  });
});

describe('colours', () => {
  const surfaces = [...STYLESHEET.text.matchAll(/--surface: (#\w{6})/g)].map(([, colour]) => colour!);

  it.each([
    ['light', 0],
    ['dark', 1],
  ] as const)('of runs stand out from the %s surface, 3 to 1 (WCAG 2.2, 1.4.11)', (theme, i) => {
    for (const colour of RUN_COLOURS[theme]) {
      expect(contrast(colour, surfaces[i]!), colour).toBeGreaterThanOrEqual(3);
    }
  });

  it('dash and symbol together tell 210 runs apart', () => {
    const looks = Array.from({ length: 210 }, (_, i) => JSON.stringify(runStyle(i)));
    expect(new Set(looks).size).toBe(210);
  });
});

/** Contrast ratio of two sRGB colours, by WCAG 2.2. */
function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
