import { Agent, request } from 'node:http';

export interface Answer {
  /** 0 if there was none. */
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  /** From sending to the last byte. */
  readonly ms: number;
}

/** Connections that are accepted at a time, however busy the server is. */
const CONNECTIONS = 512;

/** Connections that are kept alive, one for each request under way. */
export class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, maxFreeSockets: CONNECTIONS });
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Sends a body, and resolves with the answer, or with status 0 and what kept it away. */
  post(path: string, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
    const start = performance.now();
    return new Promise((resolve) => {
      const end = (status: number, of: Answer['headers'], text: string) =>
        resolve({ status, headers: of, text, ms: performance.now() - start });
      const failed = ({ message }: Error) => end(0, {}, message);
      const length = String(Buffer.byteLength(body));
      const sent = request(
        this.#url + path,
        { method: 'POST', agent: this.#agent, headers: { 'content-length': length, ...headers } },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part: string) => (text += part));
          answer.on('end', () => end(answer.statusCode!, answer.headers, text)).on('error', failed);
        },
      );
      sent.on('error', failed).end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
