import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fencedBlocks } from '@ttrec/readme-examples';
import { streamTorch, writeFileAtomic, type Tensor } from '@ttrec/tensor-files';
import { root } from '../root.ts';
import type { Project } from './project.ts';

/** Begins the sentence before a block for those who have the repository. */
const IN_A_CLONE = 'From a clone';
/** Most lines that a stranger has to type, from nothing to a score. */
const MOST_LINES = 30;

/**
 * Does what a page tells a stranger to do, from an empty folder on: runs its shell blocks as they are, writes its script under the
 * name that the sentence before it gives, adds JSON to the object in the file that its sentence names, has a table in the place of what
 * Python saves, and compares what is printed with the text block after a shell block.
 */
export async function walk(project: Project, page: string): Promise<string> {
  const markdown = readFileSync(join(root, page), 'utf8');
  const blocks = fencedBlocks(markdown).filter(({ before }) => !before.startsWith(IN_A_CLONE));
  const typed = blocks
    .filter(({ language }) => language !== 'text')
    .flatMap(({ content }) => content.trim().split('\n'));
  let printed = '';
  for (const { language, content, before } of blocks) {
    if (language === 'py') await writeTrained(project, content);
    else if (language === 'sh') printed = await project.run('sh', ['-e'], content);
    else if (language === 'js') project.write(fileNamed(before), content);
    else if (language === 'json') addTo(project, fileNamed(before), content);
    else if (language === 'text' && printed !== content) {
      throw new Error(`${page} says that it prints\n${content}but it prints\n${printed}`);
    }
  }
  if (typed.length > MOST_LINES)
    throw new Error(`${page} takes ${typed.length} lines, more than ${MOST_LINES}`);
  return `${typed.length} lines`;
}

function fileNamed(sentence: string): string {
  const [, name] = /`([\w./-]+\.(?:[cm]?js|json))`/.exec(sentence) ?? [];
  if (name === undefined) throw new Error(`no file is named before the block: ${sentence}`);
  return name;
}

/** Adds fields to an object in a file. */
function addTo(project: Project, name: string, fields: string): void {
  const object = JSON.parse(readFileSync(join(project.folder, name), 'utf8')) as object;
  project.write(name, JSON.stringify({ ...object, ...(JSON.parse(`{${fields}}`) as object) }));
}

/** What the line of Python of a page saves, in the place of a trained model: a table of 200,000 rows that are nearly of rank 3. */
async function writeTrained(project: Project, python: string): Promise<void> {
  const [, name] = /^torch\.save\(model\.state_dict\(\), '([\w.]+)'\)$/m.exec(python) ?? [];
  if (name === undefined) throw new Error(`the walk knows nothing of this Python: ${python}`);
  const [numRows, dim] = [200_000, 16];
  const data = Float32Array.from({ length: numRows * dim }, (_, at) => {
    const [id, j] = [Math.floor(at / dim), at % dim];
    return Math.sin(id / 1e4 + j) + Math.cos(id / 3e3) * (j - 8) + 0.01 * Math.sin(at * 12.9898);
  });
  const table: Tensor = { name: 'emb_l.0.weight', dtype: 'F32', shape: [numRows, dim], data };
  await writeFileAtomic(join(project.folder, name), streamTorch([table]));
}
