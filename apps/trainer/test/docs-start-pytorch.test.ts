import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pythonWith, runPython } from '@ttrec/python';
import { fencedBlocks, runExample } from '@ttrec/readme-examples';
import { expect, test } from 'vitest';
import { start, temporaryFolder } from './command.ts';

const python = pythonWith('torch');

/** In a shape whose table compresses well: rows of rank 2, and a little noise. */
const model = `import sys, torch
torch.manual_seed(1)
model = torch.nn.Module()
rows = torch.randn(4000, 2) @ torch.randn(2, 16) + 0.01 * torch.randn(4000, 16)
model.emb_l = torch.nn.ModuleList([torch.nn.EmbeddingBag.from_pretrained(rows)])
`;

const expectedRows = 'import json\nprint(json.dumps(torch.cat([rows[7], rows[7] + rows[999]]).tolist()))\n';

test.skipIf(python === undefined)('docs/start-pytorch.md, from the state dict to rows in Node', async () => {
  const folder = temporaryFolder();
  const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'start-pytorch.md'), 'utf8');
  const [save, shell, read] = fencedBlocks(page).map(({ content }) => content);
  const dict = join(folder, 'dlrm.pt');
  const expected = JSON.parse(
    runPython(python!, model + save!.replace("'dlrm.pt'", 'sys.argv[1]') + expectedRows, dict),
  ) as number[];
  const [, words] = /^npx ttrec (.+)$/m.exec(shell!)!;
  // A smaller table than that of the page, in a smaller budget.
  const { code, stderr } = await start(words!.replace('2MB', '96kB').split(' '), folder).ended;
  expect(code, stderr).toBe(0);

  const printed = runExample(
    read!
      .replace("'table.safetensors'", JSON.stringify(join(folder, 'table.safetensors')))
      .replace(
        'console.log(await backend.read(bag.forward(bags)))',
        'console.log(JSON.stringify([...await backend.read(bag.forward(bags))]))',
      ),
    join(import.meta.dirname, '..'),
  );
  const values = JSON.parse(printed) as number[];
  const error = Math.hypot(...values.map((value, i) => value - expected[i]!)) / Math.hypot(...expected);
  // In that budget rows are rounded to 127 levels, whose steps are 1 % of a number of middle size.
  expect(error).toBeLessThan(0.02);
});
