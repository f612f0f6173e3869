import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fencedBlocks } from '@ttrec/readme-examples';
import { root } from '../root.ts';
import type { Project } from './project.ts';

/** Most lines that a stranger has to type, from nothing to a score. */
const MOST_LINES = 30;

/**
 * Does what a page tells a stranger to do, from an empty folder on: runs its shell blocks as they are, writes its script under the
 * name that the sentence before it gives, and compares what is printed with the text block after a shell block.
 */
export async function walk(project: Project, page: string): Promise<string> {
  const markdown = readFileSync(join(root, page), 'utf8');
  const blocks = fencedBlocks(markdown);
  const typed = blocks
    .filter(({ language }) => language !== 'text')
    .flatMap(({ content }) => content.trim().split('\n'));
  let printed = '';
  for (const { language, content, before } of blocks) {
    if (language === 'sh') printed = await project.run('sh', ['-e'], content);
    else if (language === 'js') project.write(fileNamed(before), content);
    else if (language === 'text' && printed !== content) {
      throw new Error(`${page} says that it prints\n${content}but it prints\n${printed}`);
    }
  }
  if (typed.length > MOST_LINES)
    throw new Error(`${page} takes ${typed.length} lines, more than ${MOST_LINES}`);
  return `${typed.length} lines`;
}

function fileNamed(sentence: string): string {
  const [, name] = /`([\w./-]+\.[cm]?js)`/.exec(sentence) ?? [];
  if (name === undefined) throw new Error(`no file is named before the script: ${sentence}`);
  return name;
}
