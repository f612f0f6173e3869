import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runtimeFolder } from './runtime-folder.ts';

const VERSION = '1.30.0';

// Its engine is in the package; its script would only fetch those for GPUs from elsewhere.
mkdirSync(runtimeFolder, { recursive: true });
writeFileSync(join(runtimeFolder, 'package.json'), '{ "private": true }\n');
const args = [
  'install',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--save-exact',
  `onnxruntime-node@${VERSION}`,
];
const { status } = spawnSync('npm', args, { cwd: runtimeFolder, stdio: 'inherit' });
process.exitCode = status ?? 1;
