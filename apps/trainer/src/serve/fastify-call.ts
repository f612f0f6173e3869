import type { IncomingMessage } from 'node:http';
import { HttpError, type HttpCall } from '@ttrec/serving/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { error } from '../error.ts';

const DISCONNECTED = { subject: 'client', rule: 'must stay connected until its request is read' };

/**
 * A request to Fastify, for the handler. A class, as V8 has the getters of an object literal in the old generation: until a full collection
 * they would keep the request alive, and each scavenge would copy all requests since the last.
 */
export class FastifyCall implements HttpCall {
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  #gone: AbortController | undefined;

  constructor(request: FastifyRequest, reply: FastifyReply) {
    this.#request = request;
    this.#reply = reply;
  }

  get method(): string {
    return this.#request.method;
  }

  get path(): string {
    return this.#request.url;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  body(maxBytes: number): Promise<Uint8Array> {
    return bodyOf(this.#request.raw, maxBytes);
  }

  /** Made when it is asked for: most requests are refused, or answered, without it. */
  get signal(): AbortSignal {
    if (this.#gone) return this.#gone.signal;
    const controller = (this.#gone = new AbortController());
    const { raw } = this.#reply;
    if (raw.destroyed) controller.abort();
    raw.on('close', () => {
      if (!raw.writableFinished) controller.abort();
    });
    return controller.signal;
  }
}

/** Ends as soon as there are more than `maxBytes`. */
function bodyOf(incoming: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) end();
    };
    const end = () => {
      // What is left of a body that is too large is read and dropped, so that its client reads the answer.
      incoming.off('data', take).off('close', fail).resume();
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    };
    const fail = () => reject(new HttpError(499, error('disconnected', DISCONNECTED)));
    incoming.on('data', take).once('end', end).once('error', fail).once('close', fail);
  });
}
