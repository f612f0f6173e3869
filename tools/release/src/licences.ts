// Lists the packages that users install with ttrec's, with their licences, in docs/licences.md.
//
//     node tools/release/src/licences.ts           compares with what is committed
//     node tools/release/src/licences.ts --write   writes it
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { licencePage } from './licence-page.ts';
import { root } from './root.ts';

const file = join(root, 'docs', 'licences.md');
const page = licencePage(root);
if (process.argv.includes('--write')) writeFileSync(file, page);
else if (readFileSync(file, 'utf8') !== page) {
  console.error('docs/licences.md is out of date: node tools/release/src/licences.ts --write');
  process.exitCode = 1;
}
