import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type TextList, TextListWriter } from '../src/cells/text-list.ts';

const listOf = (texts: readonly string[]): TextList => {
  const writer = new TextListWriter();
  writer.addTexts(texts);
  return writer.finish();
};
/** Texts that UTF-8 has bytes for; the mark of byte order is one like any other. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'é', '€', '𝄞', '\uFEFF', '\uFFFD', '\0') }),
  fc.string(),
);

test('a list of texts has the places and parts of an array', () => {
  fc.assert(
    fc.property(fc.array(text), fc.nat(12), fc.nat(12), (texts, start, end) => {
      const list = listOf(texts);
      expect(list.length).toBe(texts.length);
      expect([...list]).toEqual(texts);
      expect(list.slice(start, end)).toEqual(texts.slice(start, end));
      for (let i = -texts.length - 1; i <= texts.length; i++) expect(list.at(i)).toBe(texts.at(i));
    }),
  );
});

test('lists are equal if their texts are, wherever one ends', () => {
  fc.assert(
    fc.property(fc.array(text), fc.array(text), (a, b) => {
      expect(listOf(a).equals(listOf(a))).toBe(true);
      expect(listOf(a).equals(listOf(b))).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
  expect(listOf(['ab', 'c']).equals(listOf(['a', 'bc']))).toBe(false);
});

test('texts whose places would not fit their numbers are refused, and nothing is lost', () => {
  const writer = new TextListWriter(5);
  writer.addTexts(['ab', 'é']);
  expect(() => writer.addTexts(['cd'])).toThrow(
    expect.objectContaining({
      code: 'data/too-many-values',
      message:
        '[data] values of a vocabulary: must take at most 5 bytes together, got 6. Raise minCount, or store the column as a hash.',
    }),
  );
  writer.addTexts(['c']);
  expect([...writer.finish()]).toEqual(['ab', 'é', 'c']);
});
