/**
 * Times the kernels of every engine in one Chromium, in turn, and prints the tables of the README:
 * `node --conditions=@ttrec/source packages/backend-gpu/bench/main.ts`
 */
import { launchChromium, openTestPage } from '@ttrec/browser-tests/browser';
import { cpus } from 'node:os';
import type * as Kernels from './kernels.page.ts';
import type * as Pipeline from './pipeline.page.ts';

const engines = ['wasm', 'webgpu', 'webgl2', 'webasm', 'cpu'] as const;

const browser = await launchChromium();
try {
  console.log(`${cpus()[0]!.model}, ${cpus().length} cores, Chromium ${browser.version()}\n`);
  const columns: Awaited<ReturnType<typeof Kernels.timeKernels>>[] = [];
  for (const engine of engines) {
    const page = await openTestPage<typeof Kernels>(browser, {
      entry: new URL('./kernels.page.ts', import.meta.url),
      minify: true,
      // Isolated pages have a finer clock.
      isolated: true,
    });
    console.error(`timing ${engine} …`);
    columns.push(await page.call('timeKernels', engine));
    await page.close();
  }
  engines.forEach((engine, i) => console.log(`- ${engine}: ${columns[i]!.engine}`));
  console.log(`\n| kernel, ms a call | ${engines.join(' | ')} |\n| --- |${' ---: |'.repeat(engines.length)}`);
  columns[0]!.timings.forEach(({ name }, row) => {
    const matrices = columns.map(({ timings }) => timings[row]!.milliseconds.toPrecision(3));
    console.log(`| ${name} | ${matrices.join(' | ')} |`);
  });
  console.log('\n| four kernels of 64 x 64, ms | one by one | createPipeline |\n| --- | ---: | ---: |');
  for (const mode of engines.slice(1)) {
    const page = await openTestPage<typeof Pipeline>(browser, {
      entry: new URL('./pipeline.page.ts', import.meta.url),
    });
    const { oneByOne, pipeline } = await page.call('timeChain', mode);
    console.log(`| ${mode} | ${oneByOne.toPrecision(3)} | ${pipeline.toPrecision(3)} |`);
    await page.close();
  }
} finally {
  await browser.close();
}
