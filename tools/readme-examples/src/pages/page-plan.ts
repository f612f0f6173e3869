import type { Reader } from './reader.ts';

/** How the blocks of a page are run, where they need more than an empty folder. */
export interface PagePlan {
  /** Packages that the page takes for installed, beside those of its own `npm install` lines. */
  readonly installed?: readonly string[];
  /** What the reader has of their own: files, a run. */
  readonly prepare?: (reader: Reader) => void | Promise<void>;
  /** Declares what the code of the page takes for declared. */
  readonly declares?: string;
  /** Smaller numbers than those of the page, which would take minutes or another machine; the key stands in one block. */
  readonly smaller?: Readonly<Record<string, string>>;
  /** What reads a block of data, by a text that stands in it alone. */
  readonly reads?: Readonly<Record<string, (reader: Reader, content: string) => Promise<unknown>>>;
  /**
   * Blocks that another check runs, by a text that stands in them alone: the file of the check, and a text in that; without one, the
   * file holds the block itself.
   */
  readonly runBy?: Readonly<Record<string, readonly [file: string, text?: string]>>;
  /** Blocks that cannot run here, by a text that stands in them alone, and why. */
  readonly notRun?: Readonly<Record<string, string>>;
  /** Lines that are left out of their block, by a text that stands in them alone, and why. */
  readonly linesNotRun?: Readonly<Record<string, string>>;
  /** Blocks that need a program: they run where it is installed. */
  readonly needs?: Readonly<Record<string, 'mpirun' | 'torch' | 'curl'>>;
  /** The port on which the code of the page serves; the shell blocks after it find it there. */
  readonly serves?: number;
  /** Output that changes from machine to machine, by a text that stands in it. */
  readonly varies?: readonly string[];
}
