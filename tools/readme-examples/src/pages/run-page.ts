import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fencedBlocks, type Block } from '../readme-example.ts';
import { outputsOf, pageProgram } from './page-program.ts';
import type { PagePlan } from './page-plan.ts';
import { Reader } from './reader.ts';

export type How = 'run' | 'run in part' | 'run elsewhere' | 'not run';

const CODE = ['ts', 'js'];
const DATA = ['json', 'jsonc', 'yaml'];
const EXECUTABLE = [...CODE, ...DATA, 'sh', 'py'];

/** The blocks of a page that can be executed or are data for what can, each with how it is, by its plan. */
export function executableBlocks(markdown: string, plan: PagePlan): { block: Block; how: How }[] {
  const blocks = fencedBlocks(markdown).filter(({ language }) => EXECUTABLE.includes(language));
  checkKeys(blocks, plan);
  return blocks.map((block) => ({ block, how: howOf(block, plan) }));
}

function howOf(
  { content, language }: Block,
  { reads = {}, runBy = {}, notRun = {}, linesNotRun = {} }: PagePlan,
): How {
  const speaksOf = (part: object) => Object.keys(part).some((key) => content.includes(key));
  if (speaksOf(runBy)) return 'run elsewhere';
  if (speaksOf(notRun)) return 'not run';
  if (DATA.includes(language) && !speaksOf(reads)) throw new Error(`nothing reads the data\n${content}`);
  return speaksOf(linesNotRun) ? 'run in part' : 'run';
}

/** Every text of a plan stands in one block, so that a plan cannot speak of what the page no longer has. */
function checkKeys(
  blocks: readonly Block[],
  { reads, runBy, notRun, linesNotRun, smaller, needs }: PagePlan,
): void {
  for (const key of [reads, runBy, notRun, linesNotRun, smaller, needs].flatMap((part) =>
    Object.keys(part ?? {}),
  )) {
    const count = blocks.filter(({ content }) => content.includes(key)).length;
    if (count !== 1) throw new Error(`the plan speaks of "${key}", which stands in ${count} blocks`);
  }
}

const isThere = {
  mpirun: () => spawnSync('mpirun', ['--version']).status === 0,
  curl: () => spawnSync('curl', ['--version']).status === 0,
  torch: () => spawnSync('python3', ['-c', 'import torch']).status === 0,
};

/**
 * Runs the blocks of a page in order, as a reader would: shell as it stands, code with what the blocks before it declared, and what
 * is printed next to what the page says. Returns what was not run for want of a program.
 */
export async function runPage(markdown: string, plan: PagePlan): Promise<string[]> {
  const executable = new Map(
    executableBlocks(markdown, plan).map(({ block, how }) => [block.content, how] as const),
  );
  const missing: string[] = [];
  const reader = new Reader();
  const waiting: { code: string; text?: string }[] = [];
  const flush = async () => {
    if (waiting.length === 0) return;
    const declared = plan.declares === undefined ? [] : [plan.declares];
    const program = pageProgram([...declared, ...waiting.map(({ code }) => code)]);
    if (plan.serves === undefined) {
      const outputs = outputsOf(await reader.program(program)).slice(declared.length);
      waiting.forEach(({ text }, i) => {
        if (text !== undefined) assert.equal(outputs[i], text);
      });
    } else await reader.service(program, plan.serves);
    waiting.length = 0;
  };
  try {
    if (plan.installed) await reader.shell(`npm install ${plan.installed.join(' ')}`);
    await plan.prepare?.(reader);
    let printed: string | undefined;
    for (const { language, content, before } of fencedBlocks(markdown)) {
      if (language === 'text') {
        const varies = plan.varies?.some((key) => content.includes(key));
        if (printed !== undefined && !varies) assert.equal(printed, content);
        else if (waiting.length > 0 && !varies) waiting.at(-1)!.text ??= content;
        printed = undefined;
        continue;
      }
      printed = undefined;
      const how = executable.get(content);
      if (how === undefined || how === 'run elsewhere' || how === 'not run') continue;
      const [, need] = Object.entries(plan.needs ?? {}).find(([key]) => content.includes(key)) ?? [];
      if (need !== undefined && !isThere[need]()) {
        missing.push(need);
        continue;
      }
      const wanted = sized(content, plan);
      if (DATA.includes(language)) {
        const [, read] = Object.entries(plan.reads ?? {}).find(([key]) => content.includes(key))!;
        await read(reader, withoutComments(wanted));
        continue;
      }
      const [, name] = /`([\w./-]+\.mjs)`/.exec(before) ?? /^\/\/ ([\w-]+\.mjs)\n/.exec(wanted) ?? [];
      if (CODE.includes(language) && name !== undefined) reader.write(name, wanted);
      else if (CODE.includes(language)) waiting.push({ code: wanted });
      else {
        await flush();
        printed = language === 'py' ? await reader.python('python3', wanted) : await reader.shell(wanted);
      }
    }
    await flush();
  } finally {
    reader.leave();
  }
  return missing;
}

/** A block as it runs here: without some lines, with smaller numbers. */
function sized(content: string, { smaller = {}, linesNotRun = {} }: PagePlan): string {
  const out = Object.keys(linesNotRun);
  const lines = content.split('\n').filter((line) => !out.some((text) => line.includes(text)));
  return Object.entries(smaller).reduce((text, [from, to]) => text.replaceAll(from, to), lines.join('\n'));
}

/** JSON without the comments and last commas of JSONC. */
function withoutComments(content: string): string {
  return content.replaceAll(/(^|\s)\/\/.*$/gm, '').replaceAll(/,(\s*[}\]])/g, '$1');
}
