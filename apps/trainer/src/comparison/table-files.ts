import { OWN_SIZE, regimeText, type ArmResult, type ComparisonResults } from '@ttrec/training/compare';

/** One line a result, with its comparisons; for spreadsheets and plots. */
export function asCsv({ arms, comparisons }: ComparisonResults): string {
  const against = [...new Set(comparisons.map((each) => each.against))];
  const head = [
    'arm',
    'budget',
    'bytes',
    'auc',
    'auc_low',
    'auc_high',
    'log_loss',
    'table_rate',
    'split',
    'seconds',
    ...against.flatMap((name) =>
      ['difference', 'low', 'high', 'adjusted_p', 'verdict'].map((field) => `${field}_against_${name}`),
    ),
  ];
  const lines = arms.map((result): readonly (string | number | null)[] => [
    result.arm,
    result.budget,
    result.bytes,
    result.auc?.mean ?? null,
    result.auc?.low ?? null,
    result.auc?.high ?? null,
    result.logLoss.mean,
    result.setting.tableRate,
    result.setting.split,
    result.seconds,
    ...against.flatMap((name): readonly (string | number)[] => {
      const found = comparisons.find(
        (each) => each.against === name && each.arm === result.arm && each.budget === result.budget,
      );
      return found
        ? [found.mean, found.low, found.high, found.adjustedP, found.verdict]
        : ['', '', '', '', ''];
    }),
  ]);
  return [head, ...lines].map((line) => line.map(csvCell).join(',')).join('\n');
}

function csvCell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table for a paper: arms by budgets, mean AUC and half the width of its interval. Needs the package booktabs. */
export function asLatex(results: ComparisonResults): string {
  const { arms, settings, name } = results;
  const budgets = settings.budgets.map(({ label }) => label);
  const names = [...new Set(arms.map(({ arm }) => arm))];
  const rows = names.map((arm) => {
    const own = arms.find((result) => result.arm === arm && result.budget === OWN_SIZE);
    const cells = own
      ? [`\\multicolumn{${budgets.length}}{c}{${latexValue(own)}}`]
      : budgets.map((label) => latexValue(arms.find((each) => each.arm === arm && each.budget === label)));
    return [latexText(arm), ...cells].join(' & ');
  });
  return [
    `% ${name}: test AUC, ${regimeText(settings)}, ${settings.seeds} seeds, mean and half the 95 % interval.`,
    `\\begin{tabular}{l${'r'.repeat(budgets.length)}}`,
    '\\toprule',
    `${['', ...budgets.map(latexText)].join(' & ')} \\\\`,
    '\\midrule',
    ...rows.map((row) => `${row} \\\\`),
    '\\bottomrule',
    '\\end{tabular}',
  ].join('\n');
}

function latexValue(result: ArmResult | undefined): string {
  if (!result?.auc) return '--';
  const { mean, low, high } = result.auc;
  const reach = low === null || high === null ? '' : ` \\pm ${((high - low) / 2).toFixed(4)}`;
  return `$${mean.toFixed(4)}${reach}$`;
}

function latexText(text: string): string {
  return text.replace(/[&%$#_{}]/g, '\\$&');
}
