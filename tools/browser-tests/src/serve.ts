import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { extname, join, relative, sep } from 'node:path';

/** Paths, as `/index.html`, and what is found there. */
export type ServedFiles = ReadonlyMap<string, string | Uint8Array>;

export interface Server {
  /** `http://127.0.0.1:PORT`, a secure context. */
  readonly origin: string;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

/**
 * Serves files from memory, on loopback and a free port, with these headers on every answer.
 *
 * @param compressed whether texts are sent as gzip, as hosts of pages do
 */
export async function serve(
  files: ServedFiles,
  headers: Record<string, string> = {},
  compressed = false,
): Promise<Server> {
  const zipped = new Map<string, Uint8Array>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const asked = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
    // Sites with clean addresses link to `/guide` and hold `/guide.html`.
    const path = files.has(asked) ? asked : `${asked}.html`;
    const body = files.get(path);
    const type = TYPES[extname(path)] ?? 'application/octet-stream';
    const isZipped = compressed && body !== undefined && /text|json|svg|wasm/.test(type);
    if (isZipped && !zipped.has(path)) zipped.set(path, gzipSync(body));
    response.writeHead(body === undefined ? 404 : 200, {
      'Content-Type': type,
      ...(isZipped ? { 'Content-Encoding': 'gzip' } : {}),
      ...headers,
    });
    response.end(isZipped ? zipped.get(path) : body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        // A browser keeps connections open, and close() waits for them.
        server.closeAllConnections();
      }),
  };
}

/** The files of a folder, as `serve` takes them: what a bundler built. */
export function filesUnder(folder: string): Map<string, Uint8Array> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [`/${relative(folder, file).split(sep).join('/')}`, readFileSync(file)]),
  );
}
