import { readFile } from 'node:fs/promises';
import type { Page } from '@ttrec/browser-tests';
import { expect, test } from 'vitest';
import { figures, reach, textOf, useBuiltPage } from './built-page.ts';

const built = useBuiltPage();
const main = (page: Page) => page.locator('#main-action');

/** 400 rows: whoever has an even number clicks. */
const rows = Array.from({ length: 400 }, (_, i) => `${i % 2},${(i * 7) % 50},user-${i % 20},page-${i % 7}`);
const csv = ['clicked,age,user,page', ...rows].join('\n');
const file = (name: string, text: string) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });

async function openCsv(page: Page, name: string, text: string): Promise<void> {
  await page.locator('#csv-file').setInputFiles(file(name, text));
  await page.getByText(`What are the columns of ${name}?`).waitFor();
  await page.getByRole('button', { name: 'Open this file' }).click();
}

test('one button trains: the loss falls, and the page says what runs; pause, resume and reset', async () => {
  const { page, complaints } = await built.open();
  await main(page).click();
  await textOf(page, 'status', /^Training on wasm/);
  await reach(page, 420);
  await main(page).click();
  await textOf(page, 'status', /^Paused at step/);
  const paused = await figures(page);
  // The untrained model predicts the base rate of 0.25, whose log-loss is 0.562.
  expect(paused.loss).toBeLessThan(0.5);
  await page.waitForTimeout(300);
  expect((await figures(page)).step).toBe(paused.step);
  expect(await page.locator('#engine-story').textContent()).toMatch(
    /wasm.*: WebAssembly SIMD.*chosen as the best available; one thread: .*; webgpu passed over: .*; webgl2 passed over: /,
  );
  await main(page).click();
  await reach(page, paused.step + 20);
  await page.locator('#reset').click();
  await textOf(page, 'status', /^Ready/);
  expect(await page.locator('#figure-loss').textContent()).toBe('–');
  expect(complaints).toEqual([]);
  await page.close();
});

test('the policy is strict in the worker too: nothing is compiled from text there', async () => {
  const { page } = await built.open();
  // In a task of its own: what a debugger evaluates is exempt from the policy.
  const compiles = () =>
    new Promise<boolean>((resolve) => {
      setTimeout(() => {
        try {
          Reflect.construct(Function, ['return true']);
          resolve(true);
        } catch {
          resolve(false);
        }
      });
    });
  expect(await page.workers()[0]!.evaluate(compiles)).toBe(false);
  expect(await page.evaluate(compiles)).toBe(false);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await page.close();
});

test.each(['dense', 'hash', 'hash+tt', 'hot-cold'])(
  '%s trains too, and its bytes are told before and while it does',
  async (kind) => {
    const { page } = await built.open();
    await page.locator(`input[value="${kind}"]`).check();
    const price = await textOf(page, 'settings', /MB/).then(() =>
      page.locator(`[data-price="${kind}"]`).textContent(),
    );
    await main(page).click();
    await reach(page, 220);
    const bytes = await page.locator('#figure-bytes').textContent();
    expect(price!.startsWith(bytes!)).toBe(true);
    expect((await figures(page)).loss).toBeLessThan(0.53);
    await page.close();
  },
);

test('a plan of a budget trains; its tables can be compressed, and train on', async () => {
  const { page, complaints } = await built.open();
  await page.locator('#largest').selectOption('20000');
  await page.getByRole('radio', { name: /^Compressed/ }).check();
  await main(page).click();
  await textOf(page, 'run-problem', /model: must be trained or loaded first, got none/);
  await page.getByRole('radio', { name: /^Planned/ }).check();
  await page.locator('#budget').fill('400');
  await textOf(page, 'settings', /≤ 400 kB/);
  await main(page).click();
  await reach(page, 320);
  await main(page).click();
  await textOf(page, 'status', /^Paused/);
  expect(await page.locator('#figure-bytes').textContent()).toMatch(/^(39\d|400) kB$/);
  const planned = await figures(page);
  await page.getByRole('radio', { name: /^Compressed/ }).check();
  await page.locator('#budget').fill('200');
  await page.locator('#start-over').click();
  await textOf(page, 'figure-bytes', /^(19\d|200) kB$/);
  await reach(page, planned.step + 120);
  const compressed = await figures(page);
  // The trained layers and what is left of the tables: far from the base rate of 0.562, at which training began.
  expect(compressed.loss).toBeLessThan(planned.loss + 0.02);
  expect(await page.locator('#runs tbody th').allTextContents()).toEqual([
    'Plannedmade-up clicks, wasm',
    'Compressedmade-up clicks, wasm',
  ]);
  expect(complaints).toEqual([]);
  await page.close();
});

test('another engine takes over where the first one stood', async () => {
  const { page } = await built.open();
  await main(page).click();
  await reach(page, 120);
  await page.getByRole('radio', { name: /^cpu/ }).check();
  await textOf(page, 'status', /^Training on cpu/);
  expect(await page.locator('#engine-story').textContent()).toMatch(
    /cpu: plain TypeScript.*moved from wasm to cpu at step/,
  );
  const { step } = await figures(page);
  expect(step).toBeGreaterThanOrEqual(120);
  await reach(page, step + 5);
  await page.close();
});

/** Has the worker that trains believe in so many processors. */
async function haveProcessors(page: Page, count: number): Promise<void> {
  await page.workers()[0]!.evaluate((value) => {
    Object.defineProperty(navigator, 'hardwareConcurrency', { value });
  }, count);
}

test('threads are taken when they are asked for, also while a model trains, and change nothing that it learns', async () => {
  const losses: (string | null)[] = [];
  for (const threads of ['1', 'auto']) {
    const { page, complaints } = await built.open();
    await haveProcessors(page, 3);
    await page.locator('#threads').selectOption(threads);
    await page.getByText('Training settings').click();
    await page.locator('#steps').fill('100');
    await page.locator('#batchSize').fill('2048');
    await main(page).click();
    await textOf(page, 'status', /^Done/);
    losses.push(await page.locator('#figure-loss').textContent());
    const [engine, other] = threads === 'auto' ? ['wasm, 3 threads', 'wasm'] : ['wasm', 'wasm, 3 threads'];
    expect(await page.locator('#status').textContent()).toBe(`Done: 100 steps on ${engine}.`);
    expect(await page.locator('#engine-story').textContent()).toMatch(
      threads === 'auto'
        ? /^wasm, 3 threads: WebAssembly SIMD(?!.*one thread)/
        : /^wasm: WebAssembly SIMD.*; one thread: no more were asked for; /,
    );
    await main(page).click();
    await page.locator('#threads').selectOption(threads === 'auto' ? '1' : 'auto');
    await textOf(
      page,
      'engine-story',
      new RegExp(`^${other}: .*moved from ${engine} to ${other} at step \\d+`),
    );
    await textOf(page, 'note-speed', new RegExp(`rows/s on ${other}$`));
    const { step } = await figures(page);
    await reach(page, step + 5);
    expect(complaints).toEqual([]);
    await page.close();
  }
  expect(losses[1]).toBe(losses[0]);
  expect(Number(losses[0])).toBeLessThan(0.6);
});

test('where threads cannot be had, one trains and the page says why', async () => {
  const { page } = await built.open();
  await page.locator('#threads').selectOption('auto');
  await haveProcessors(page, 1);
  await main(page).click();
  await reach(page, 20);
  await textOf(page, 'engine-story', /; one thread: this machine has one processor; /);
  await page.route('**/*', async (route) => {
    const response = await route.fetch();
    const kept = Object.entries(response.headers()).filter(([name]) => !name.startsWith('cross-origin-'));
    await route.fulfill({ response, headers: Object.fromEntries(kept) });
  });
  await page.reload();
  await page.getByRole('radio', { name: /^wasm/ }).waitFor();
  await page.locator('#threads').selectOption('auto');
  await haveProcessors(page, 2);
  await main(page).click();
  await reach(page, 20);
  await textOf(page, 'engine-story', /; one thread: this page is not cross-origin isolated, .*; /);
  await page.close();
});

test('numbers that cannot be are refused with words, and nothing starts', async () => {
  const { page } = await built.open();
  await page.locator('#rank').fill('0');
  await textOf(page, 'rank-fault', /^It must be a whole number from 1 to 256\.$/);
  await main(page).click();
  await textOf(page, 'run-problem', /rank: must be a whole number from 1 to 256, got 0/);
  expect(await page.locator('#status').textContent()).toBe('Ready.');
  await page.close();
});

test('a CSV trains; a broken one is refused by line and rule, and nothing is lost', async () => {
  const { page } = await built.open();
  await openCsv(page, 'clicks.csv', csv);
  await textOf(page, 'csv-source', /clicks\.csv is open: 3\d\d rows to train on/);
  await textOf(page, 'main-action', /^Train on clicks\.csv$/);
  await main(page).click();
  await reach(page, 100);
  await main(page).click();
  await textOf(page, 'status', /^Paused/);
  const before = await figures(page);
  expect(before.loss).toBeLessThan(0.3);
  await openCsv(page, 'broken.csv', csv.replace('user-3,', 'user-3,one,'));
  const problem = await textOf(page, 'csv-problem', /broken/);
  expect(problem).toMatch(/nothing|all else is as it was/);
  expect(problem).toMatch(/broken\.csv, line 5: a line must have 4 columns, like the header, got 5/);
  expect(problem).toContain('Skip such lines');
  expect(await figures(page)).toEqual(before);
  expect(await page.locator('#csv-source').textContent()).toMatch(/clicks\.csv is open/);
  await main(page).click();
  await reach(page, before.step + 20);
  await page.close();
});

test('a model is downloaded, loaded into another page, and scores the same row the same', async () => {
  const { page } = await built.open();
  await openCsv(page, 'clicks.csv', csv);
  await textOf(page, 'csv-source', /is open/);
  await main(page).click();
  await reach(page, 100);
  await main(page).click();
  await textOf(page, 'status', /^Paused/);
  const answer = await score(page);
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#save-model').click()]);
  const bytes = await readFile(await download.path());
  await page.close();

  const { page: other } = await built.open();
  await other
    .locator('#model-file')
    .setInputFiles({ name: 'model.safetensors', mimeType: '', buffer: bytes });
  await other.getByText(/Loaded from model\.safetensors.*drop it again/).waitFor();
  expect(await score(other)).toBe(answer);
  await other
    .locator('#model-file')
    .setInputFiles({ name: 'cut.safetensors', mimeType: '', buffer: bytes.subarray(0, 900) });
  await textOf(other, 'model-problem', /cut\.safetensors/);
  expect(await score(other)).toBe(answer);
  await other.close();
});

async function score(page: Page): Promise<string> {
  const values = ['21', 'user-3', 'page-3'];
  for (const [at, value] of values.entries()) await page.locator(`#row-${at}`).fill(value);
  await page.getByRole('button', { name: 'Score' }).click();
  return textOf(page, 'score-answer', /chance of \d/);
}

test('an engine that dies is one message, and training goes on from the checkpoint on another', async () => {
  const { page } = await built.open();
  // The kernels of the engine fail from a moment on, as those of a device that is gone.
  await page.workers()[0]!.evaluate(() => {
    const { instantiate } = WebAssembly;
    Object.assign(WebAssembly, {
      async instantiate(...args: Parameters<typeof instantiate>) {
        const instance = await instantiate(...args);
        const exports = { ...instance.exports } as Record<string, (...numbers: number[]) => unknown>;
        const { sgd, adagrad } = exports;
        const failing =
          (kernel: typeof sgd) =>
          (...numbers: number[]) => {
            if (Reflect.get(globalThis, 'engineIsGone') === true)
              throw new WebAssembly.RuntimeError('the engine is gone');
            return kernel!(...numbers);
          };
        return { exports: { ...exports, sgd: failing(sgd), adagrad: failing(adagrad) } };
      },
    });
  });
  await main(page).click();
  await reach(page, 230);
  await page.workers()[0]!.evaluate(() => Reflect.set(globalThis, 'engineIsGone', true));
  const told = await textOf(page, 'engine-problem', /was lost/);
  expect(told).toMatch(/The engine wasm was lost.*the engine is gone.*The checkpoint of step \d+00 is kept/s);
  await page.getByRole('button', { name: 'Go on with cpu' }).click();
  await textOf(page, 'status', /^Training on cpu/);
  expect(await page.locator('#engine-problem').isHidden()).toBe(true);
  await reach(page, 240);
  await page.close();
});

test.each(['webgpu', 'webgl2'])(
  '%s trains in the minified page when its software is asked for',
  async (mode) => {
    const { page, complaints } = await built.open();
    await page.getByRole('radio', { name: new RegExp(`^${mode}-software`) }).check();
    await makeSmall(page);
    await main(page).click();
    await textOf(page, 'status', new RegExp(`^Training on ${mode}-software`));
    await reach(page, 10);
    expect(await page.locator('#engine-story').textContent()).toMatch(
      new RegExp(`^${mode}-software: gpu\\.js .*mode ${mode} on .*, asked for`),
    );
    expect(complaints).toEqual([]);
    await page.close();
  },
);

test('a device that is lost is one message, and another engine goes on from the checkpoint', async () => {
  const { page } = await built.open();
  await page.workers()[0]!.evaluate(() => {
    const prototype = Reflect.get(Reflect.get(globalThis, 'GPUAdapter'), 'prototype') as object;
    const requestDevice = Reflect.get(prototype, 'requestDevice') as (...args: unknown[]) => Promise<object>;
    const devices: object[] = [];
    Reflect.set(globalThis, 'devices', devices);
    Reflect.set(prototype, 'requestDevice', async function (this: object, ...args: unknown[]) {
      const device = await requestDevice.apply(this, args);
      devices.push(device);
      return device;
    });
  });
  await makeSmall(page);
  await main(page).click();
  await reach(page, 20);
  await page.getByRole('radio', { name: /^webgpu-software/ }).check();
  await textOf(page, 'status', /^Training on webgpu-software/);
  const moved = await figures(page);
  await reach(page, moved.step + 3);
  await page.workers()[0]!.evaluate(() => {
    for (const device of Reflect.get(globalThis, 'devices') as { destroy(): void }[]) device.destroy();
  });
  const told = await textOf(page, 'engine-problem', /was lost/);
  expect(told).toMatch(/The engine webgpu-software was lost.*device.*The checkpoint of step \d+ is kept/s);
  await page.getByRole('button', { name: 'Go on with wasm' }).click();
  await textOf(page, 'status', /^Training on wasm/);
  expect(await page.locator('#engine-story').textContent()).toMatch(
    /moved from webgpu-software to wasm at step \d+/,
  );
  await reach(page, moved.step + 100);
  await page.close();
});

/** Of a size that software can train in a test. */
async function makeSmall(page: Page): Promise<void> {
  await page.locator('#largest').selectOption('20000');
  await page.locator('#rank').fill('2');
  await page.getByText('Training settings').click();
  await page.locator('#batchSize').fill('16');
  await page.locator('#embeddingDim').fill('4');
}

test('the whole path by keyboard', async () => {
  const { page } = await built.open();
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const focused = () => page.evaluate(() => document.activeElement?.id ?? '');
  await press('Tab', 'Tab', 'Tab');
  expect(await focused()).toBe('main-action');
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
  expect(outline).toBe('solid');
  await press('Enter');
  await reach(page, 20);
  await press('Enter');
  await textOf(page, 'status', /^Paused/);
  await press('Tab', 'Tab', 'Tab', 'ArrowUp');
  expect(await page.locator('input[value="hash"]').isChecked()).toBe(true);
  await textOf(page, 'start-over', /Train with new settings/);
  await page.close();
});
