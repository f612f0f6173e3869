import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { openRanker } from 'ttrec';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { clickRows, clicksRun } from './clicks-run.ts';
import { start, temporaryFolder } from './command.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const page = (name: string) => readFileSync(join(root, 'docs', name), 'utf8');

/** The content of the first block of a language. */
function block(markdown: string, language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(markdown)![1]!;
}

test('the service of "Rank in a Node service" ranks', async () => {
  const run = await clicksRun(temporaryFolder());
  const code = block(page('rank-in-a-node-service.md'), 'ts');
  expect(code).toContain("openRanker('runs/clicks')");
  const service = spawn(
    process.execPath,
    ['--conditions=@ttrec/source', '--input-type=module-typescript', '-'],
    {
      cwd: join(root, 'apps', 'trainer'),
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  try {
    service.stdin.end(code.replace("'runs/clicks'", JSON.stringify(run)).replace('port: 3000', 'port: 0'));
    const url = await new Promise<string>((resolve) =>
      service.stdout.once('data', (line) => resolve(String(line).trim())),
    );
    const post = async (body: unknown) => {
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      };
      const response = await fetch(`${url}/rank`, init);
      return [response.status, await response.json()] as const;
    };
    const user = { user: 'user-7', age: 31 };
    const items = clickRows(30).map(({ item, tags, price }) => ({
      item,
      tags: tags.split('|'),
      price: Number(price),
    }));
    await using ranker = await openRanker(run);
    const best = await ranker.rank(user, items, { top: 10 });
    const ranked = best.map(({ index, probability }) => ({ item: items[index]!.item, probability }));
    expect(await post({ user, items })).toEqual([200, ranked]);
    const [status, { error }] = (await post({ user, items: [{ ...items[0], price: 'cheap' }] })) as [
      number,
      { error: string },
    ];
    expect([status, error]).toEqual([400, expect.stringContaining('column price')]);
  } finally {
    service.kill();
  }
}, 60_000);

test('the request of "Put it behind KServe" is answered', async () => {
  const run = await clicksRun(temporaryFolder());
  const command = start(['serve', run, '--port', '0', '--workers', '1']);
  try {
    const [, url] = /serving {2}(http:\S+)\/v2/.exec(await command.says('serving  '))!;
    const body = block(page('behind-kserve-or-triton.md'), 'json');
    const response = await fetch(`${url}/v2/models/clicks/infer`, { method: 'POST', body });
    const { outputs } = (await response.json()) as { outputs: { data: number[] }[] };
    const context = { user: 'user-7', age: 31 };
    const items = [
      { item: 'item-3', tags: ['tag 1', 'tag 2'], price: 9.5 },
      { item: 'item-4', tags: [], price: 20 },
    ];
    await using ranker = await openRanker(run);
    expect(outputs[0]!.data).toEqual([
      ...(await ranker.score(items.map((item) => ({ ...context, ...item })))).logits,
    ]);
  } finally {
    command.child.kill('SIGKILL');
  }
}, 60_000);

test('its Python is Python', ({ skip }) => {
  const code = block(page('behind-kserve-or-triton.md'), 'py');
  const { status, error, stderr } = spawnSync(
    'python3',
    ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'],
    { input: code, encoding: 'utf8' },
  );
  if (error) skip('python3 is not installed');
  expect([status, stderr]).toEqual([0, '']);
});

test('the Dockerfile is well formed, and copies and starts what is there', () => {
  const dockerfile = readFileSync(join(root, 'apps', 'trainer', 'Dockerfile'), 'utf8');
  expect(validate(dockerfile)).toEqual([]);
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string };
  expect(new Set(dockerfile.match(/pnpm@[\d.]+/g))).toEqual(new Set([manifest.packageManager]));
  const { bin } = JSON.parse(readFileSync(join(root, 'apps', 'trainer', 'package.json'), 'utf8')) as {
    bin: { ttrec: string };
  };
  expect(dockerfile).toContain(`"/app/${bin.ttrec.replace('./', '')}", "serve"`);
});

test('the compose file satisfies its linter, and stops later than the server', () => {
  const folder = join(root, 'apps', 'trainer');
  const dclint = join(folder, 'node_modules', 'dclint', 'bin', 'dclint.cjs');
  const args = [dclint, '--max-warnings', '0', 'compose.yaml'];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  expect([status, stdout.trim()]).toEqual([0, '']);
  const { services } = parse(readFileSync(join(folder, 'compose.yaml'), 'utf8')) as {
    services: { clicks: { build: { dockerfile: string }; stop_grace_period: string } };
  };
  expect(services.clicks.build.dockerfile).toBe('apps/trainer/Dockerfile');
  expect(parseInt(services.clicks.stop_grace_period)).toBeGreaterThan(30);
});

test('the manifest for KServe probes what the server answers, on the port of the image', async () => {
  const { apiVersion, kind, spec } = parse(block(page('behind-kserve-or-triton.md'), 'yaml')) as Manifest;
  expect([apiVersion, kind]).toEqual(['serving.kserve.io/v1beta1', 'InferenceService']);
  const { containers, terminationGracePeriodSeconds } = spec.predictor;
  expect(terminationGracePeriodSeconds).toBeGreaterThan(30);
  const [container] = containers;
  expect(container).toMatchObject({ name: 'kserve-container', args: ['clicks=/mnt/models/clicks'] });
  const dockerfile = readFileSync(join(root, 'apps', 'trainer', 'Dockerfile'), 'utf8');
  const port = Number(/^EXPOSE (\d+)$/m.exec(dockerfile)![1]);
  const command = start(['serve', await clicksRun(temporaryFolder()), '--port', '0', '--workers', '1']);
  try {
    const [, url] = /serving {2}(http:\S+)\/v2/.exec(await command.says('serving  '))!;
    for (const { httpGet } of [container.readinessProbe, container.livenessProbe]) {
      expect(httpGet.port).toBe(port);
      expect((await fetch(url! + httpGet.path)).status).toBe(200);
    }
  } finally {
    command.child.kill('SIGKILL');
  }
}, 60_000);

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number };
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: {
    readonly predictor: {
      readonly terminationGracePeriodSeconds: number;
      readonly containers: readonly [{ readonly readinessProbe: Probe; readonly livenessProbe: Probe }];
    };
  };
}
