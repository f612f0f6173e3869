import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deadLinks } from '../src/dead-links.ts';

test('links to missing pages, places and files are found', () => {
  const site = mkdtempSync(join(tmpdir(), 'ttrec-site-'));
  mkdirSync(join(site, 'packages'));
  writeFileSync(
    join(site, 'index.html'),
    `<h2 id="here">Here</h2> <a href="#here">1</a> <a class="x" href="packages/core#errors">2</a>
    <a href="/packages/">3</a> <a href="https://example.com/none">4</a> <a href="#gone">5</a> <a href="packages/gone">6</a>
    <a href="packages/core#gone">7</a> <img alt="" src="/gone.svg"> <a href="packages/core?query#errors">8</a>`,
  );
  writeFileSync(
    join(site, 'packages', 'core.html'),
    '<h2 id="errors">Errors</h2> <a href="../#here">1</a> <a href="core">2</a>',
  );
  writeFileSync(join(site, 'packages', 'index.html'), '<a href="core.html">1</a>');
  try {
    expect(deadLinks(site)).toEqual([
      'index.html: #gone',
      'index.html: packages/gone',
      'index.html: packages/core#gone',
      'index.html: /gone.svg',
    ]);
  } finally {
    rmSync(site, { recursive: true });
  }
});
