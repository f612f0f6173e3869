import { fillNormal, fillUniform, permutation, philox4x32, RandomStream } from '../src/index.ts';
import { describe, expect, test } from 'vitest';

describe('philox4x32', () => {
  // The known answers that the authors of Random123 publish for philox4x32-10.
  const cases: { counter: [number, number, number, number]; key: [number, number]; out: number[] }[] = [
    { counter: [0, 0, 0, 0], key: [0, 0], out: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
    {
      counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      key: [0xffffffff, 0xffffffff],
      out: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    },
    {
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      key: [0xa4093822, 0x299f31d0],
      out: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    },
  ];
  test.each(cases)('known answer $#', ({ counter, key, out }) => {
    const block = new Uint32Array(4);
    philox4x32(counter, key, block);
    expect([...block]).toEqual(out);
  });
});

describe('RandomStream', () => {
  test('the same seed and name give the same numbers, from any position', () => {
    const first = new RandomStream(7, 'init/table/C3');
    const words = Array.from({ length: 50 }, () => first.nextWord());
    const resumed = new RandomStream(7, 'init/table/C3', 20);
    expect(Array.from({ length: 30 }, () => resumed.nextWord())).toEqual(words.slice(20));
    expect(first.wordAt(3)).toBe(words[3]);
    expect(first.position).toBe(50);
  });

  test('another name or another seed gives other numbers', () => {
    const word = (seed: number, name: string) => new RandomStream(seed, name).nextWord();
    const words = [word(7, 'a'), word(8, 'a'), word(7, 'b'), word(7, 'a/b'), word(7 + 2 ** 32, 'a')];
    expect(new Set(words).size).toBe(words.length);
  });

  test('a position past 2^34 words is as good as another', () => {
    const stream = new RandomStream(1, 'far', 2 ** 40);
    expect(stream.nextWord()).not.toBe(new RandomStream(1, 'far', 2 ** 40 + 2 ** 34).nextWord());
  });

  // From the middle of a block, and over the place where the first word of the counter wraps.
  test.each([0, 1, 3, 4 * 2 ** 32 - 6])('nextWords from %s on are those of nextWord', (position) => {
    for (const length of [0, 1, 2, 7, 21]) {
      const [bulk, single] = [new RandomStream(7, 'a', position), new RandomStream(7, 'a', position)];
      const words = new Uint32Array(length);
      bulk.nextWords(words);
      expect(words).toEqual(Uint32Array.from({ length }, () => single.nextWord()));
      expect(bulk.nextWord()).toBe(single.nextWord());
    }
  });

  test('nextInteger is uniform: chi-squared over 10 bins below the 99.9 % point', () => {
    const stream = new RandomStream(3, 'bins');
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) counts[stream.nextInteger(10)]!++;
    const chiSquared = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquared).toBeLessThan(27.9);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53])('the seed %s is refused', (seed) => {
    expect(() => new RandomStream(seed, 'x')).toThrow(
      expect.objectContaining({
        code: 'core/bad-seed',
        message: expect.stringContaining('integer from 0 to 2^53 - 1'),
      }),
    );
  });
});

describe('filling', () => {
  // 200,000 samples: the standard error of the mean is 0.0022 deviations; the limits are over 4 of them.
  test('normal numbers have mean, variance and fourth moment of the normal distribution', () => {
    const sample = new Float64Array(200_001);
    fillNormal(sample, new RandomStream(5, 'normal'), 1, 2);
    const moment = (power: number) =>
      sample.reduce((sum, x) => sum + ((x - 1) / 2) ** power, 0) / sample.length;
    expect(moment(1)).toBeCloseTo(0, 1.9);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.015);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.12);
  });

  test('numbers are those that the stream gives one by one', () => {
    const [filling, single] = [new RandomStream(5, 'x', 3), new RandomStream(5, 'x', 3)];
    // More than one piece of the work, and half a pair at the end.
    const uniform = new Float64Array(5001);
    fillUniform(uniform, filling);
    expect(uniform).toEqual(Float64Array.from(uniform, () => single.nextUniform()));
    const normal = new Float64Array(5001);
    fillNormal(normal, filling);
    const cosines = Float64Array.from({ length: 2501 }, () => single.nextNormal());
    expect(normal.filter((_, i) => i % 2 === 0)).toEqual(cosines);
    expect(filling.position).toBe(single.position);
  });

  test('uniform numbers stay in [low, high) and have its mean', () => {
    const sample = new Float32Array(100_000);
    fillUniform(sample, new RandomStream(5, 'uniform'), -2, 2);
    expect(Math.min(...sample.slice(0, 1000))).toBeGreaterThanOrEqual(-2);
    expect(sample.every((x) => x >= -2 && x <= 2)).toBe(true);
    expect(Math.abs(sample.reduce((sum, x) => sum + x, 0) / sample.length)).toBeLessThan(0.02);
  });

  test('a permutation holds every number once and depends on the stream alone', () => {
    const order = permutation(1000, new RandomStream(2, 'shuffle'));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(permutation(1000, new RandomStream(2, 'shuffle'))).toEqual(order);
    expect(permutation(1000, new RandomStream(3, 'shuffle'))).not.toEqual(order);
  });
});
