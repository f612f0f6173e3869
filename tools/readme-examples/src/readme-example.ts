export interface ReadmeExample {
  /** The content of the first block of the language. */
  readonly code: string;
  /** The content of the `text` block after it: what the code prints. */
  readonly printed: string;
}

export interface Block {
  readonly language: string;
  readonly content: string;
  /** The line of text before the block; empty at the beginning. */
  readonly before: string;
}

/**
 * The example of a README: its first block of a language (`ts` for a package, `sh` for a command) and the `text` block that is
 * the next block after it.
 */
export function readmeExample(markdown: string, wanted: 'ts' | 'sh' = 'ts'): ReadmeExample {
  const blocks = fencedBlocks(markdown);
  const first = blocks.findIndex(({ language }) => language === wanted);
  const code = blocks[first];
  if (code === undefined) throw new Error(`the README has no ${wanted} block`);
  const printed = blocks[first + 1];
  if (printed?.language !== 'text') {
    throw new Error(
      `the block after the first ${wanted} block must be text, got ${printed?.language ?? 'none'}`,
    );
  }
  return { code: code.content, printed: printed.content };
}

/** The fenced blocks of a page, in order; those of a list without its indent. */
export function fencedBlocks(markdown: string): Block[] {
  const fenced = /(?:^(.+)\n+)?^( *)```(\w*)[^\n]*\n([\s\S]*?)^\2```[ \t]*$/gm;
  return [...markdown.matchAll(fenced)].map(([, before = '', indent, language = '', content = '']) => ({
    language,
    content: content.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    before: before.trim(),
  }));
}
