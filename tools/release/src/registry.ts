import { readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { runServer } from 'verdaccio';
import { run } from './run.ts';

export interface Registry {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts Verdaccio on loopback. It holds the published packages alone, and takes all others from the registry of the npm settings
 * in force; what it took stays in the folder and is not asked for again.
 */
export async function startRegistry(folder: string, ours: readonly string[]): Promise<Registry> {
  const storage = join(folder, 'storage');
  const everyone = { access: '$all', publish: '$all', unpublish: '$all' };
  const server = (await runServer({
    configPath: join(folder, 'config.yaml'),
    self_path: join(folder, 'config.yaml'),
    storage,
    uplinks: { npm: await uplink() },
    packages: {
      ...Object.fromEntries(ours.map((name) => [name, everyone])),
      '**': { access: '$all', proxy: 'npm' },
    },
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: -1 } },
    middlewares: { audit: { enabled: false } },
    web: { enable: false },
    max_body_size: '200mb',
    log: { type: 'stdout', format: 'json', level: 'fatal' },
  })) as Server;
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Removes published packages from a registry that is not running. */
export function unpublish(folder: string, names: readonly string[]): void {
  for (const name of names) rmSync(join(folder, 'storage', name), { recursive: true, force: true });
  rmSync(join(folder, 'storage', '.verdaccio-db.json'), { force: true });
}

/** Where npm takes packages from, with what it needs to reach it. */
async function uplink(): Promise<Record<string, unknown>> {
  const options = { cwd: process.cwd(), env: process.env };
  const settings = JSON.parse(await run('npm', ['config', 'list', '--json'], options)) as Record<
    string,
    unknown
  >;
  const { registry, cafile, proxy } = settings;
  if (typeof cafile === 'string') {
    setDefaultCACertificates([...getCACertificates(), readFileSync(cafile, 'utf8')]);
  }
  return {
    url: registry,
    strict_ssl: settings['strict-ssl'] !== false,
    ...(typeof proxy === 'string' ? { http_proxy: proxy } : {}),
    ...(typeof settings['https-proxy'] === 'string' ? { https_proxy: settings['https-proxy'] } : {}),
    timeout: '120s',
    maxage: '1d',
    fail_timeout: '10s',
    max_fails: 20,
  };
}
