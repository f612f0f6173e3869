import { printable } from '@ttrec/core';
import { printableJson, printableLines } from './printable-lines.ts';

/** Most characters of one line. */
const LINE = 4096;

/**
 * Where a command prints: results to stdout, everything about getting there to stderr. Whatever text holds, a terminal obeys
 * nothing in it but line ends.
 */
export interface Output {
  readonly isTerminal: boolean;
  /** A result, of any number of lines: stdout, unless `--json` keeps that for the record. */
  result(text: string): void;
  /** One line of news: stderr. Line ends in front of it are blank lines. */
  note(text: string): void;
  /** The record that `--json` asks for, as one line on stdout; nothing otherwise. */
  record(record: unknown): void;
  /** Overwrites the current line of the terminal; plain lines elsewhere are `note`s. */
  status(text: string): void;
}

export function createOutput(options: { readonly json: boolean }): Output {
  const { stdout, stderr } = process;
  const isTerminal = stderr.isTTY;
  let statusShown = false;
  const clear = () => {
    if (statusShown) stderr.write('\r\x1b[2K');
    statusShown = false;
  };
  return {
    isTerminal,
    result(text) {
      clear();
      (options.json ? stderr : stdout).write(`${printableLines(text, LINE)}\n`);
    },
    note(text) {
      clear();
      const [blank] = /^\n*/.exec(text)!;
      stderr.write(`${blank}${printable(text.slice(blank.length), LINE)}\n`);
    },
    record(record) {
      clear();
      if (options.json) stdout.write(`${printableJson(JSON.stringify(record))}\n`);
    },
    status(text) {
      // A terminal that does not know its width says 0.
      const width = Math.max(20, (stderr.columns || 80) - 1);
      stderr.write(`\r\x1b[2K${printable(text, Infinity).slice(0, width)}`);
      statusShown = true;
    },
  };
}

/** Prints nothing: for workers that follow another. */
export const silentOutput: Output = {
  isTerminal: false,
  result: () => undefined,
  note: () => undefined,
  record: () => undefined,
  status: () => undefined,
};
