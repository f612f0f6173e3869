import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { RandomStream } from '@ttrec/core';
import { mutated } from '@ttrec/test-support/mutated';
import type { Answer } from '../client.ts';
import { INFER, rankingBody } from '../clicks.ts';
import { finding, type Trial } from '../promise.ts';

const FUZZED = 1000;
const AT_ONCE = 8;
const MIB = 2 ** 20;

/** Requests that are wrong in every way: 4xx with a message, never 5xx, and the server goes on. */
export const hostileRequests: Trial = async ({ server, client, bodies }) => {
  const stream = new RandomStream(17, 'soak/hostile');
  const row = { user: 'user-1', item: 'item-2', tags: 'tag 1|tag 2', price: 3.5 };
  const requests = [
    [INFER, JSON.parse(rankingBody(3))],
    [
      `${INFER}?x=1`,
      { ...(JSON.parse(rankingBody(2)) as object), parameters: { timeout: 1e6, broadcast: true } },
    ],
    ['/v1/models/clicks:predict', { instances: [row, row] }],
    ['/v2/repository/index', { ready: true }],
  ] as const;
  const answers: Answer[] = [];
  const send = async () => {
    const [path, body] = requests[stream.nextInteger(requests.length)]!;
    let changed: unknown = body;
    for (let times = stream.nextInteger(3); times >= 0; times--) changed = mutated(changed, stream);
    const text = JSON.stringify(changed);
    const isCut = stream.nextInteger(5) === 0;
    const sent = isCut ? text.slice(0, stream.nextInteger(text.length + 1)) : text;
    answers.push(await client.post(path, sent, oddHeaders(stream)));
  };
  for (let i = 0; i < FUZZED; i += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, send));
  for (const body of [
    Buffer.alloc(64 * MIB, ' '),
    gzipSync(Buffer.alloc(64 * MIB, ' ')),
    '['.repeat(100_000),
  ]) {
    const headers = typeof body === 'string' || body.length > MIB ? {} : { 'content-encoding': 'gzip' };
    answers.push(await client.post(INFER, body, headers));
  }
  const isExpected = ({ status, text }: Answer) =>
    status === 200 || (status >= 400 && status < 500 && text.startsWith('{"error":"['));
  // A server may close the connection before it has read a body that is too large.
  const bad = answers.filter((answer) => !isExpected(answer) && answer.status !== 0);
  const [fine, refused] = [200, 400].map(
    (status) => answers.filter((answer) => answer.status === status).length,
  );
  const broken = await brokenConnections(server.url);
  const after = await client.post(INFER, bodies[0]!);
  const first = bad[0] ? `, other: ${bad[0].status} ${bad[0].text.slice(0, 200)}` : '';
  return [
    finding(
      `${answers.length} hostile requests: 200 or 4xx with a message`,
      bad.length === 0 && fine! > 50 && refused! > 500,
      `${fine} times 200, ${refused} times 400${first}`,
    ),
    finding(
      `${broken} broken connections: the server goes on`,
      after.status === 200 && server.child.exitCode === null,
      `then it answers ${after.status}`,
    ),
  ];
};

function oddHeaders(stream: RandomStream): Record<string, string> {
  switch (stream.nextInteger(12)) {
    case 0:
      return { 'inference-header-content-length': String(stream.nextInteger(400)) };
    case 1:
      return { 'content-encoding': 'gzip' };
    case 2:
      return { 'x-request-timeout-ms': 'soon' };
    default:
      return {};
  }
}

/** Connections that send half of something, or nothing that is HTTP, and are gone. Returns their number. */
async function brokenConnections(url: string): Promise<number> {
  const { hostname, port } = new URL(url);
  const texts = [
    'POST /v2/mod',
    `POST ${INFER} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{"inputs":[`,
    `POST ${INFER} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n{`,
    `POST ${INFER} HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n`,
    '\u0000\u0001\u0002\r\n\r\n',
    `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  ];
  let count = 0;
  for (let round = 0; round < 10; round++) {
    for (const text of texts) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(text);
      await pause(1);
      socket.destroy();
      count++;
    }
  }
  return count;
}
