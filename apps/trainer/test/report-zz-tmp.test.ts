import { test } from 'vitest';
import { writeFileSync } from 'node:fs';
import { renderReport } from '/work/main/apps/trainer/src/report/render-report.ts';
import { renderRunTable } from '/work/main/apps/trainer/src/report/run-table.ts';
import { comparison, singleRun } from '/work/main/apps/trainer/test/report-fixture.ts';
test('x', () => {
  writeFileSync('/tmp/shots/compare.html', renderReport(comparison()));
  writeFileSync('/tmp/shots/single.html', renderReport(singleRun()));
  console.log(renderRunTable(comparison().runs));
});
