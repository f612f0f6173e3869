import type { RunRecord } from '@ttrec/training/records';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../src/report/render-report.ts';
import type { ReportInput } from '../src/report/report-input.ts';
import { comparison, finalRecord, metrics, singleRun, withRuns } from './report-fixture.ts';

const train = (samples: number, loss: number, auc: number | null = 0.6): RunRecord => ({
  type: 'train',
  step: samples / 128,
  epoch: 1,
  samples,
  loss,
  auc,
  samplesPerSecond: 1000,
});

/** The text between the tags of every element `tag`. */
function elements(page: string, tag: string): string[] {
  return [...page.matchAll(new RegExp(`<${tag}[ >][\\s\\S]*?</${tag}>`, 'g'))].map(([text]) => text);
}

function figureOf(page: string, id: string): string {
  return elements(page, 'figure').find((figure) => figure.startsWith(`<figure id="${id}"`)) ?? '';
}

/** Every opened element is closed, in order: an unescaped `<` or a forgotten end would break the nesting. */
function expectWellNested(page: string): void {
  const open: string[] = [];
  const isVoid = new Set(['meta', 'link', 'br']);
  for (const [, closing, name, selfClosing] of page.matchAll(/<(\/?)([a-zA-Z][\w-]*)[^>]*?(\/?)>/g)) {
    if (closing === '/') expect(open.pop()).toBe(name);
    else if (selfClosing !== '/' && !isVoid.has(name!)) open.push(name!);
  }
  expect(open).toEqual([]);
}

/** What a reader or a renderer would show where a number was missing. */
function expectNoMissingNumbers(page: string): void {
  expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
}

describe('the page of a comparison', () => {
  const page = renderReport(comparison());

  it('is one file that can load nothing and run nothing', () => {
    expect(page).toMatch(/^<!doctype html>\s+<html lang="en">/);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`);
    expect(page).not.toMatch(/<script|<img|<iframe|@import|\bon\w+="/);
    const addresses = [...page.matchAll(/(?:href|src)="([^"]*)"|url\(([^)]*)\)/g)].map((m) => m[1] ?? m[2]!);
    expect(addresses.filter((address) => !address.startsWith('#') && !address.startsWith('data:'))).toEqual(
      [],
    );
  });

  it('is well nested, with unique ids, and shows a number wherever one stands', () => {
    expectWellNested(page);
    expectNoMissingNumbers(page);
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is the same for the same input', () => {
    expect(renderReport(comparison())).toBe(page);
  });

  it('has a row for each run, with the numbers of its final record', () => {
    const headline = elements(page, 'table')[0]!;
    const rows = elements(headline, 'tr').map((row) =>
      [...row.matchAll(/<t[hd][ >][\s\S]*?<\/t[hd]>/g)].map(([cell]) => cell.replace(/<[^>]*>/g, '').trim()),
    );
    expect(rows).toEqual([
      [
        'run',
        'bytes',
        'compression',
        'log-loss',
        'AUC',
        'normalised entropy',
        'log-loss to best',
        'AUC to best',
        'samples/s',
        'backend',
      ],
      ['dense', '2.16 GB', '1.00x', '0.5021', '0.7604', '0.8773', '0.0109', '0.0137', '21,450', 'cpu'],
      ['hash', '21.8 MB', '99.1x', '0.5188', '0.7359', '0.9065', '0.0276', '0.0382', '20,871', 'cpu'],
      ['tt', '21.7 MB', '99.7x', '0.5097', '0.7498', '0.8906', '0.0185', '0.0243', '6,412', 'cpu'],
      ['hash+tt', '21.8 MB', '99.2x', '0.5079', '0.7522', '0.8875', '0.0167', '0.0219', '6,875', 'cpu'],
    ]);
    expect([...headline.matchAll(/<strong>(.*?)<\/strong>/g)].map(([, best]) => best)).toEqual([
      '0.5021',
      '0.7604',
    ]);
  });

  it.each(['loss', 'auc', 'quality', 'tables'])(
    'plot %s has a title, two sizes, and all runs in words',
    (id) => {
      const figure = figureOf(page, id);
      expect(figure).toMatch(new RegExp(`<h3 id="${id}-title">[^<]+</h3>`));
      const pictures = [
        ...figure.matchAll(
          /<div class="(wide|narrow)" role="img" aria-label="([^"]+)">\s*<svg aria-hidden="true"/g,
        ),
      ];
      expect(pictures.map(([, size]) => size)).toEqual(['wide', 'narrow']);
      for (const [, , alternative] of pictures) {
        for (const name of ['dense', 'hash', 'tt', 'hash+tt']) expect(alternative).toContain(name);
      }
    },
  );

  it('draws a run in the same colour in every plot', () => {
    for (const id of ['loss', 'auc', 'quality', 'tables']) {
      const used = new Set([...figureOf(page, id).matchAll(/var\(--run-(\d+)\)/g)].map(([, i]) => i));
      expect([...used].sort()).toEqual(['0', '1', '2', '3']);
    }
  });

  it('marks base rate and best possible at their values', () => {
    expect(figureOf(page, 'loss')).toContain('>base rate 0.5723</text>');
    expect(figureOf(page, 'loss')).toContain('>best possible 0.4912</text>');
    expect(figureOf(page, 'auc')).toContain('>best possible 0.7741</text>');
    expect(figureOf(page, 'quality')).toContain('>best possible 0.4912</text>');
  });

  it('draws the tables that a run compresses, and lists all', () => {
    const figure = figureOf(page, 'tables');
    expect(figure).toContain('>C3</text>');
    expect(figure).not.toContain('>C9</text>');
    expect(figure).toContain('Not drawn: 19 more');
    expect(elements(elements(figure, 'tbody')[0]!, 'tr')).toHaveLength(26);
  });

  it('shows the config as JSON', () => {
    expect(page).toContain('&quot;batchSize&quot;: 128');
  });
});

describe('a report with parts missing', () => {
  const cases: Record<string, ReportInput> = {
    'no runs': withRuns(),
    'no records': withRuns({ name: 'empty', records: [] }),
    'one record': withRuns({ name: 'short', records: [train(128, 0.69)] }),
    'no validation, no end': withRuns({ name: 'cut', records: [train(128, 0.69), train(256, 0.68)] }),
    'a single class': withRuns({
      name: 'one-class',
      records: [
        train(128, 0.1, null),
        {
          type: 'validation',
          step: 1,
          epoch: 1,
          samples: 128,
          metrics: metrics({ auc: null, baseRateLogLoss: 0 }),
          best: true,
        },
      ],
      final: finalRecord({
        test: { ...metrics({ auc: null, normalizedEntropy: null, calibration: null }), step: 1 },
      }),
    }),
    'a loss that is not a number': withRuns({
      name: 'diverged',
      records: [train(128, 0.69), train(256, Number.NaN)],
    }),
    'no tables of one run': { ...comparison(), tables: comparison().tables!.slice(1) },
    'a config that is not there': { ...singleRun(), config: undefined },
    'tables of no bytes': withRuns(
      {
        name: 'a',
        records: [],
        final: finalRecord({
          tables: { bytes: 0, denseBytes: 0, compression: Number.NaN, parameters: 0, trainingBytes: 0 },
        }),
      },
      { name: 'b', records: [], final: finalRecord() },
    ),
  };

  it.each(Object.entries(cases))('%s', (_, input) => {
    const page = renderReport(input);
    expectWellNested(page);
    expectNoMissingNumbers(page);
    for (const { name } of input.runs) expect(page).toContain(`${name}</th>`);
  });

  it('says why a plot is not there', () => {
    const page = renderReport(cases['no records']!);
    expect(figureOf(page, 'loss')).toContain('Nothing was recorded that this plot could show.');
    expect(page).toContain('empty has no final record: it was stopped, or is still running.');
  });

  it('leaves the distance columns out where no run knows its best possible', () => {
    const page = renderReport(cases['a single class']!);
    expect(page).not.toContain('to best');
    expect(page).toContain('<td>–</td>');
  });

  it('tells which backends were passed over', () => {
    const engine = {
      description: 'plain <TypeScript>',
      threads: 2,
      passedOver: [{ name: 'wasm', reason: 'no <SIMD>' }],
    };
    const page = renderReport(withRuns({ name: 'a', records: [], final: finalRecord({ engine }) }));
    expect(page).toContain('Backend wasm was passed over: no &lt;SIMD&gt;');
    expect(page).toContain('<td class="word">cpu</td>');
    expect(page).toContain('<td>plain &lt;TypeScript&gt;</td>');
    expect(page).toMatch(/threads<\/th>\s*<td>2<\/td>/);
  });

  it('names the runs whose base rates differ', () => {
    const page = renderReport(
      withRuns(
        { name: 'a', records: [train(128, 0.6)], final: finalRecord() },
        {
          name: 'b',
          records: [train(128, 0.6)],
          final: finalRecord({ test: { ...metrics({ baseRateLogLoss: 0.61 }), step: 1 } }),
        },
      ),
    );
    expect(figureOf(page, 'loss')).toContain('>base rate, a 0.5723</text>');
    expect(figureOf(page, 'loss')).toContain('>base rate, b 0.6100</text>');
  });
});

describe('names as input', () => {
  const hostile = `"><script>alert(1)</script>{a}'&`;
  const escaped = '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;{a}&#39;&amp;';

  it('are escaped in text, in attributes, in pictures and in the config', () => {
    const { runs, tables } = comparison();
    const page = renderReport({
      title: hostile,
      generatedAt: hostile,
      runs: runs.map((run, i) => (i === 0 ? { ...run, name: hostile } : run)),
      tables: [
        { run: hostile, rows: tables![1]!.rows.map((row) => ({ ...row, name: hostile, kind: hostile })) },
      ],
      config: { [hostile]: hostile },
    });
    expect(page).not.toContain('<script');
    expect(page).toContain(`<title>${escaped}</title>`);
    expect(page).toContain(`<time datetime="${escaped}">`);
    expectWellNested(page);
  });
});
