import { bytesSource, encodeSafetensors, openSafetensorsFrom } from '@ttrec/tensor-files';
import { blobSource, httpSource } from '@ttrec/tensor-files/byte-source';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { joined } from './raw-file.ts';
import { refusal } from './refusal.ts';

const table = Float32Array.from({ length: 12 }, (_, i) => i / 8);
const file = joined(
  encodeSafetensors([
    { name: 'table', dtype: 'F32', shape: [4, 3], data: table },
    { name: 'ids', dtype: 'U8', shape: [2], data: Uint8Array.of(1, 2) },
  ]),
);

/** A server on the loopback interface, and the ranges that it was asked for. */
async function serve(
  change: Partial<{ ranges: boolean; headers: Record<string, string>; cut: number }> = {},
) {
  const { ranges = true, headers = {}, cut = 0 } = change;
  const asked: string[] = [];
  const listener: RequestListener = (request, response) => {
    if (request.url !== '/w.safetensors') return void response.writeHead(404).end();
    if (request.method === 'HEAD') {
      return void response.writeHead(200, { 'content-length': file.length, etag: '"1"', ...headers }).end();
    }
    const { range } = request.headers;
    asked.push(range ?? 'all');
    const [begin, end] = /bytes=(\d+)-(\d+)/.exec(range!)!.slice(1).map(Number) as [number, number];
    response.writeHead(ranges ? 206 : 200, { etag: asked.length > 3 && headers['etag'] ? '"2"' : '"1"' });
    response.end(ranges ? file.subarray(begin, end + 1 - cut) : file);
  };
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/w.safetensors`;
  return { url, asked };
}

test('a file on a web server: one request for each tensor, of its bytes alone', async () => {
  const { url, asked } = await serve();
  const opened = await openSafetensorsFrom(await httpSource(url));
  const { byteOffset, byteLength } = opened.tensors.get('table')!;
  expect(asked).toEqual(['bytes=0-7', `bytes=0-${byteOffset - 1}`]);
  expect(await opened.read('table')).toEqual(table);
  expect(await opened.readRows('table', 1, 3)).toEqual(table.subarray(3, 9));
  expect(asked.slice(2)).toEqual([
    `bytes=${byteOffset}-${byteOffset + byteLength - 1}`,
    `bytes=${byteOffset + 12}-${byteOffset + 35}`,
  ]);
});

test('a server that has no such file, ignores ranges, tells no size, sends too little or another file', async () => {
  const { url } = await serve();
  await expect(httpSource(`${url}x`)).rejects.toEqual(refusal('cannot-read', url, 'HTTP status 404'));
  const gone = httpSource('http://127.0.0.1:9/w', { fetch: () => Promise.reject(new TypeError('refused')) });
  await expect(gone).rejects.toEqual(refusal('cannot-read', 'refused'));

  const whole = await httpSource((await serve({ ranges: false })).url);
  await expect(whole.read(0, 8)).rejects.toEqual(refusal('range-ignored', 'status 206', 'got 200'));

  const zipped = await serve({ headers: { 'content-encoding': 'gzip' } });
  await expect(httpSource(zipped.url)).rejects.toEqual(refusal('unknown-size', 'gzip', 'Pass size'));
  const known = await httpSource(zipped.url, { size: file.length });
  expect(await known.read(8, 1)).toEqual(file.slice(8, 9));

  const cut = await httpSource((await serve({ cut: 1 })).url);
  await expect(cut.read(0, 8)).rejects.toEqual(refusal('truncated-data', 'ends at 7'));
  await expect(cut.read(0, file.length + 1)).rejects.toEqual(refusal('truncated-data'));

  const replaced = await openSafetensorsFrom(
    await httpSource((await serve({ headers: { etag: '"1"' } })).url),
  );
  await replaced.read('ids');
  await expect(replaced.read('ids')).rejects.toEqual(refusal('changed', '"1"', 'got "2"'));
});

test('a Blob, a File and bytes in memory', async () => {
  const whole = await openSafetensorsFrom(blobSource(new Blob([file])));
  expect([whole.name, await whole.read('ids')]).toEqual(['blob', Uint8Array.of(1, 2)]);
  const named = blobSource(new File([file], 'w.safetensors'));
  await expect(named.read(file.length, 1)).rejects.toEqual(refusal('truncated-data', 'w.safetensors'));
  const bytes = file.slice();
  const inMemory = bytesSource(bytes);
  const read = await inMemory.read(8, 4);
  bytes.fill(0);
  expect([read, read.buffer.byteLength]).toEqual([file.slice(8, 12), 4]);
  await expect(inMemory.read(0, bytes.length + 1)).rejects.toEqual(
    refusal('truncated-data', 'bytes in memory'),
  );
});
