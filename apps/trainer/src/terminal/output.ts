/** Where a command speaks: results on stdout, everything about getting there on stderr. */
export interface Output {
  readonly isTerminal: boolean;
  /** A result: stdout, unless `--json` keeps that for the record. */
  result(text: string): void;
  /** News: stderr. */
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
      (options.json ? stderr : stdout).write(`${text}\n`);
    },
    note(text) {
      clear();
      stderr.write(`${text}\n`);
    },
    record(record) {
      clear();
      if (options.json) stdout.write(`${JSON.stringify(record)}\n`);
    },
    status(text) {
      // A terminal that does not know its width says 0.
      const width = Math.max(20, (stderr.columns || 80) - 1);
      stderr.write(`\r\x1b[2K${text.slice(0, width)}`);
      statusShown = true;
    },
  };
}
