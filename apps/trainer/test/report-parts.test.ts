import { describe, expect, it } from 'vitest';
import { condense } from '../src/report/figures/curve.ts';
import { html } from '../src/report/page/html.ts';
import { RUN_COLOURS, runStyle } from '../src/report/page/run-style.ts';
import { renderRunTable } from '../src/report/run-table.ts';
import { spread } from '../src/report/figures/spread.ts';
import { STYLESHEET } from '../src/report/page/stylesheet.ts';
import { comparison, finalRecord, metrics } from './report-fixture.ts';

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
