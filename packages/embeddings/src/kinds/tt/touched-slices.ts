import type { HostTrieLevel } from '../../lookup/grouping/batch-trie.ts';

/** A level for cores that hold the slices of a batch alone: each digit becomes the place of its slice among them. */
export function touchedSlices(level: HostTrieLevel): HostTrieLevel {
  const { nodes, slices, sliceOffsets, sliceNodes } = level;
  const digit = new Uint32Array(nodes);
  for (let s = 0; s < slices; s++) {
    for (let at = sliceOffsets[s]!; at < sliceOffsets[s + 1]!; at++) digit[sliceNodes[at]!] = s;
  }
  return { ...level, digit, sliceDigit: Uint32Array.from({ length: slices }, (_, s) => s) };
}
