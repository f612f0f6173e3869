import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const folder = join(import.meta.dirname, '..');

test('the example prints what the README shows, and draws the picture beside it', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'tensor-train-'));
  try {
    const picture = join(scratch, 'picture.svg');
    const args = ['--conditions=@ttrec/source', 'examples/compress-table.ts', picture];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(readme).toContain(`\n\`\`\`text\n${stdout}\`\`\`\n`);
    const drawn = readFileSync(join(folder, 'examples', 'error-against-bytes.svg'), 'utf8');
    expect(readFileSync(picture, 'utf8')).toBe(drawn);
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
