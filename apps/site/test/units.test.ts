import { expect, test } from 'vitest';
import { withBreaks, withUnits } from '../src/units.ts';

test.each([
  ['0.244 ms', '0.244\u00A0ms'],
  ['300 kB in 2 s, or 5 % of 1.4 GB', '300\u00A0kB in 2\u00A0s, or 5\u00A0% of 1.4\u00A0GB'],
  ['80 GFLOP/s', '80\u00A0GFLOP/s'],
  ['10 million rows', '10\u00A0million rows'],
  ['9 steps of 4 B/row, ms 5', '9 steps of 4 B/row, ms 5'],
])('%s', (text, expected) => {
  expect(withUnits(text)).toBe(expected);
});

test('paths in code may break after a slash, and flags do not break; tags stay whole', () => {
  expect(withBreaks('<code v-pre>packages/data/src/csv</code>')).toBe(
    '<code v-pre>packages/<wbr>data/<wbr>src/<wbr>csv</code>',
  );
  expect(withBreaks('<code v-pre>plan --budget 2MB</code>')).toBe(
    '<code v-pre>plan <span class="flag">--budget</span> 2MB</code>',
  );
  expect(withBreaks('<code v-pre>a / b</code>')).toBe('<code v-pre>a / b</code>');
});
