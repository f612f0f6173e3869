// npm run soak. Exits with 1 if a promise is broken.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { rankingBody, trainClicks } from './clicks.ts';
import { Client } from './client.ts';
import type { Finding, Trial } from './promise.ts';
import { drain } from './promises/drain.ts';
import { hostileRequests } from './promises/hostile-requests.ts';
import { kills } from './promises/kills.ts';
import { manyRequests } from './promises/many-requests.ts';
import { overload } from './promises/overload.ts';
import { reloads } from './promises/reloads.ts';
import { startServer } from './server.ts';

const usage = `npm run soak -- [options]

Puts ttrec serve under overload, reloads, kills and hostile requests, and prints what it promises and what was found.

  --quick  a quarter of a minute
  --help   print this help`;

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
if (values.help) {
  console.log(usage);
  process.exit();
}
const note = (text: string) => process.stderr.write(`${text}\n`);

const folder = mkdtempSync(join(tmpdir(), 'ttrec-soak-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const bodies = Array.from({ length: 16 }, () => rankingBody(100));
const findings: Finding[] = [];

/** Runs trials on one server. */
async function soak(
  run: string,
  flags: readonly string[],
  trials: Readonly<Record<string, Trial>>,
  nodeFlags: readonly string[] = [],
) {
  const server = await startServer(run, flags, nodeFlags);
  const client = new Client(server.url);
  for (const [name, trial] of Object.entries(trials)) {
    note(`${name} …`);
    findings.push(...(await trial({ server, client, bodies, isQuick: values.quick, note })));
  }
  client.close();
  if (server.child.exitCode === null) await server.stop();
}

const run = await trainClicks(folder);
await soak(run, ['--workers', '1', '--access-log'], { overload, hostileRequests, drain });
await soak(run, ['--workers', '1'], { manyRequests }, ['--expose-gc']);
await soak(run, ['--workers', '2'], { reloads, kills });

const width = Math.max(...findings.map(({ promise }) => promise.length));
const words = new Map([
  [true, 'kept'],
  [false, 'BROKEN'],
  [undefined, 'unsure'],
]);
for (const { promise, found, holds } of findings) {
  process.stdout.write(`${words.get(holds)!.padEnd(6)}  ${promise.padEnd(width)}  ${found}\n`);
}
const count = (outcome: boolean | undefined) => findings.filter(({ holds }) => holds === outcome).length;
process.stdout.write(`${count(true)} kept, ${count(false)} broken, ${count(undefined)} unsure\n`);
process.exitCode = count(false) === 0 ? 0 : 1;
