import { useChromium } from '@ttrec/browser-tests';
import { expect, test } from 'vitest';
import type * as Entry from './train.page.ts'; // export async function train(steps: number): Promise<number[]>

const chromium = useChromium(); // one browser a file
test('the loss falls in a worker', async () => {
  const entry = new URL('./train.page.ts', import.meta.url);
  const page = await chromium.open<typeof Entry>({
    entry,
    where: 'worker',
    minify: true,
    isolated: true,
    csp: "default-src 'self'",
  });
  const losses = await page.call('train', 50); // typed; errors come back with name, message and code
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
});
