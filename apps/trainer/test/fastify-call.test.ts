import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { expect, it } from 'vitest';
import { FastifyCall } from '../src/serve/fastify-call.ts';

// An object whose getters are its own has a dictionary of properties. V8 has these getters in the old generation, so that no scavenge
// frees the request that they refer to.
it('has no getters of its own', () => {
  setFlagsFromString('--allow-natives-syntax');
  const hasFastProperties = runInThisContext('(object) => %HasFastProperties(object)') as (
    object: object,
  ) => boolean;
  const call = () => new FastifyCall({ headers: {} } as FastifyRequest, {} as FastifyReply);
  const literal = (signal: object) => ({
    get signal() {
      return signal;
    },
  });
  const last = (make: () => object) => Array.from({ length: 3 }, make)[2]!;
  expect(hasFastProperties(last(() => literal({})))).toBe(false);
  expect(hasFastProperties(last(call))).toBe(true);
});
