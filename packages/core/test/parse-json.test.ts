import { errorsOf } from '@ttrec/core';
import { JsonFault, parseJson, readJson } from '@ttrec/core/json';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

function faultOf(text: string, options?: Parameters<typeof parseJson>[1]): JsonFault {
  try {
    parseJson(text, options);
  } catch (thrown) {
    if (thrown instanceof JsonFault) return thrown;
    throw thrown;
  }
  throw new Error(`${text.slice(0, 100)} was parsed`);
}

test('gives what JSON.parse gives, for any value', () => {
  const noProto = fc.json().filter((text) => !text.includes('__proto__'));
  fc.assert(
    fc.property(noProto, (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseJson(`\uFEFF${text}`, { allowProto: true })).toEqual(JSON.parse(text));
    }),
  );
});

test('any text gives what JSON.parse gives, or a fault', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[[\]{}",:\\ a0]{0,30}$/), (text) => {
      let parsed: unknown;
      try {
        parsed = JSON.parse(text);
      } catch {
        expect(faultOf(text).kind).toBe('syntax');
        return;
      }
      try {
        expect(parseJson(text)).toEqual(parsed);
      } catch (fault) {
        expect(fault).toMatchObject({ kind: 'duplicate-key' });
      }
    }),
    { numRuns: 2000 },
  );
});

describe('a key that one object has twice is a fault', () => {
  test.each([
    ['{"a":1,"a":2}', 'a', 1],
    ['{"a":{"b":1},\n "c":[0,{"d":1,\n"d":2}]}', 'c.1.d', 3],
    ['{"a":1,"\\u0061":2}', 'a', 1],
    ['{"a" : 1,\r\n "b\\"":[{}], "b\\"":2}', 'b"', 2],
    ['{"x":"}{\\"", "y":[[1,2],[3,{"":0,"":0}]]}', 'y.1.1.', 1],
  ])('%j at %s', (text, path, line) => {
    expect(faultOf(text)).toMatchObject({ kind: 'duplicate-key', path, line });
  });

  test('not where two objects have one each, or a string looks like a key', () => {
    expect(parseJson('[{"a":1},{"a":1},["a","a"],{"b":{"a":1},"a":"a"}]')).toHaveLength(4);
    expect(parseJson('{"a":"\\"a\\":1","b":"{\\"b\\":"}')).toEqual({ a: '"a":1', b: '{"b":' });
  });

  test('wherever it is put in a random object', () => {
    const keys = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(keys, fc.nat(), fc.nat(), (names, pick, place) => {
        const entries = names.map((name) => `${JSON.stringify(name)}:{"v":["]"]}`);
        const twice = names[pick % names.length]!;
        entries.splice(place % (names.length + 1), 0, `${JSON.stringify(twice)}:null`);
        const { kind, path, key } = faultOf(`{"in":[{${entries.join(' , ')}}]}`, { allowProto: true });
        expect({ kind, path, key }).toEqual({ kind: 'duplicate-key', path: `in.0.${twice}`, key: twice });
      }),
    );
  });
});

test('__proto__ is a reserved key, unless it is allowed', () => {
  expect(faultOf('{"byName":{"__proto__":{"kind":"dense"}}}')).toMatchObject({
    kind: 'reserved-key',
    path: 'byName.__proto__',
  });
  expect(faultOf('{"\\u005f_proto__":1}').kind).toBe('reserved-key');
  const allowed = parseJson('{"__proto__":1}', { allowProto: true });
  expect(Object.keys(allowed as object)).toEqual(['__proto__']);
  expect(parseJson('["__proto__",{"a":"__proto__"}]')).toHaveLength(2);
});

test('values that nest too deep are a fault, however many', () => {
  for (const depth of [101, 1e5, 3e6]) {
    expect(faultOf('['.repeat(depth)).kind).toBe('depth');
    expect(faultOf('{"a":'.repeat(depth)).kind).toBe('depth');
  }
  expect(parseJson(`${'['.repeat(100)}${']'.repeat(100)}`)).toBeDefined();
  expect(faultOf('[[[]]]', { maxDepth: 2 })).toMatchObject({ kind: 'depth', line: 1 });
});

test.each([
  ['', 1],
  ['{"a":1,}', 1],
  ['{\n"a": 1\n"b": 2}', 3],
  ['{"a":1}}', 1],
  ['"', 1],
  ['{"a', 1],
  ['a,b\n1,2\n', 1],
  ['{"a":1,\n"b": tru}\n\n', 2],
  ['{"a":"\\"\n",\n x\n}', 1],
  ['{"a":"\\"",\n x\n}', 2],
])('%j is a syntax fault in line %i', (text, line) => {
  expect(faultOf(text)).toMatchObject({ kind: 'syntax', line, path: '' });
});

test.each([
  ['{"seed":1,\n"seed":2}', 'f, line 2, seed: must have each key once, got "seed" twice.'],
  ['{"a":{"seed":1,"seed":2}}', 'f, a.seed: must have each key once, got "seed" twice.'],
  ['{"__proto__":1}\n', 'f, __proto__: must not use a key that JavaScript reserves, got "__proto__".'],
  ['['.repeat(101), 'f: must nest values at most 100 levels deep, got more levels.'],
  ['{"a":1,}', 'f: must be JSON, got a syntax error: '],
  ['{"a":1,\n}', 'f, line 2: must be JSON, got a syntax error: '],
  [Uint8Array.of(0x22, 0xff, 0x22), 'f: must be JSON, got bytes that are not UTF-8.'],
])('%j is an error of the package that names the place', (text, words) => {
  const read = () => readJson(errorsOf('training'), 'bad-json', 'f', text);
  expect(read).toThrow(words);
  expect(read).toThrow(expect.objectContaining({ code: 'training/bad-json' }));
});
