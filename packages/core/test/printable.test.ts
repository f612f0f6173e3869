import { errorsOf, printable, SHOWN_VALUE } from '@ttrec/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** By code points, so that the oracle shares no regular expression with what it tests. */
function isHidden(code: number): boolean {
  const ranges = [
    [0, 0x1f],
    [0x7f, 0x9f],
    [0xad, 0xad],
    [0x61c, 0x61c],
    [0x200b, 0x200b],
    [0x200e, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x2064],
    [0x2066, 0x206f],
    [0xfeff, 0xfeff],
    [0xd800, 0xdfff],
    [0xe0000, 0xe007f],
  ] as const;
  return ranges.some(([from, to]) => code >= from && code <= to);
}

function hiddenIn(text: string): string[] {
  return Array.from(text).filter((character) => isHidden(character.codePointAt(0)!));
}

describe('printable', () => {
  test('escapes what a terminal obeys or hides', () => {
    expect(printable('a\u001b[31mRED\u001b]0;title\u0007')).toBe('a\\x1b[31mRED\\x1b]0;title\\x07');
    expect(printable('1\r\n2\t3\u0000\u007f\u009b')).toBe('1\\r\\n2\\t3\\x00\\x7f\\x9b');
    expect(printable('\u202euser\u2066\u2028\u2029\u200f\ufeff\u{e0041}')).toBe(
      '\\u202euser\\u2066\\u2028\\u2029\\u200f\\ufeff\\u{e0041}',
    );
    expect(printable('\ud800x')).toBe('\\ud800x');
  });

  test('leaves letters, emoji and their joiners as they are', () => {
    const text = 'Größe 価格 شما می‌توانید 👩‍👩‍👧 C:\\new "x"';
    expect(printable(text)).toBe(text);
  });

  test('cuts and tells the length, all within the limit', () => {
    const long = printable('a'.repeat(50_000_000));
    expect(long).toBe(`${'a'.repeat(SHOWN_VALUE - 23)}… (50000000 characters)`);
    expect(long).toHaveLength(SHOWN_VALUE);
    expect(printable('abcdefghijklmnopqrstuvwxyz', 20)).toBe('abc… (26 characters)');
    expect(printable('ab👩'.repeat(9), 20)).toBe('ab… (36 characters)');
    expect(printable(`a${'\u001b'.repeat(9)}`, 21)).toBe('a… (10 characters)');
    expect(printable('a'.repeat(SHOWN_VALUE))).toBe('a'.repeat(SHOWN_VALUE));
  });

  test('never shows a hidden character nor more than the limit, whatever the text', () => {
    const unit = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
      fc.constantFrom('\u001b', '\u009b', '\u202e', '\u2066', '\u2028', '\ufeff', '\u{e0041}', '\ud83d'),
    );
    const text = fc.array(unit, { maxLength: 60 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.integer({ min: 20, max: 80 }), (given, limit) => {
        const shown = printable(given, limit);
        expect(hiddenIn(shown)).toEqual([]);
        expect(shown.length).toBeLessThanOrEqual(limit);
        expect(printable(shown, limit)).toBe(shown);
      }),
    );
  });
});

describe('a message', () => {
  const error = errorsOf('data');
  const bad = '\u001b[2J\u202e';

  test('shows every part escaped, and keeps the parts as they are', () => {
    const parts = { subject: `${bad}.csv`, rule: `r ${bad}`, got: bad, hint: `It has ${bad}.` };
    const thrown = error('a', parts);
    const escaped = '\\x1b[2J\\u202e';
    expect(thrown.message).toBe(`[data] ${escaped}.csv: r ${escaped}, got ${escaped}. It has ${escaped}.`);
    expect(thrown.parts).toEqual(parts);
    expect(hiddenIn(error('a', { subject: 's', rule: 'r', got: [`${bad}\u009b`] }).message)).toEqual([]);
  });

  test('is cut where a part is long', () => {
    const long = 'x'.repeat(10_000_000);
    const { message } = error('a', { subject: long, rule: 'r', got: long, hint: long });
    expect(message.length).toBeLessThan(2400);
    expect(message).toContain('(10000000 characters)');
  });

  test('shows the start of a large, deep, circular or hostile value', () => {
    const shown = (got: unknown) => error('a', { subject: 's', rule: 'r', got }).message;
    const circular: unknown[] = [];
    circular.push(circular);
    let deep: unknown = 0;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    const hostile = {
      toJSON: () => {
        throw new Error('no');
      },
    };
    expect(shown(circular)).toBe(`[data] s: r, got ${'['.repeat(SHOWN_VALUE)}….`);
    expect(shown(deep)).toBe(`[data] s: r, got ${'['.repeat(SHOWN_VALUE)}….`);
    expect(shown(hostile)).toBe('[data] s: r, got an object.');
    expect(shown([1n, 'a'])).toBe('[data] s: r, got ["1","a"].');
    expect(shown(new Float32Array(3_000_000))).toMatch(/got \[0,0,0.*…\.$/);
    const million = Array.from({ length: 1000 }, () => Array.from({ length: 1000 }, () => 'x'.repeat(1000)));
    expect(shown(million).length).toBeLessThan(300);
  });
});
