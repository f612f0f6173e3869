// Prints how the blocks of all pages are run, and each that is not run here, with the reason.
//
//     node tools/readme-examples/src/list-blocks.ts
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pages, plans } from './pages/plans.ts';
import { root } from './pages/reader.ts';
import { executableBlocks } from './pages/run-page.ts';
import { fencedBlocks } from './readme-example.ts';

const counts: Record<string, number> = {};
let all = 0;
for (const page of pages) {
  const markdown = readFileSync(join(root, page), 'utf8');
  const plan = plans[page] ?? {};
  all += fencedBlocks(markdown).length;
  for (const { how } of executableBlocks(markdown, plan)) counts[how] = (counts[how] ?? 0) + 1;
  for (const [text, reason] of Object.entries({ ...plan.notRun, ...plan.linesNotRun })) {
    console.log(`${page}: ${text}: ${reason}`);
  }
}
console.log(`${all} blocks on ${pages.length} pages; of those that can be executed`, counts);
