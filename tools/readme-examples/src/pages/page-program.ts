/** Printed after each block, to tell their outputs apart. */
const END = '\u0001';

/**
 * The blocks of a page as one program: each sees what the ones before it declared and may declare the same names anew. The tests of
 * a block run in Node's own runner.
 */
export function pageProgram(blocks: readonly string[]): string {
  const outer: string[] = [];
  const named = new Map<string, Set<string>>();
  const bodies = blocks.map((code) =>
    code
      .replaceAll(/^import ([^;]+?);(?: *\/\/.*)?\n/gm, (statement, what: string) => {
        const [, names, from] = /^\{([^}]*)\} from '([^']+)'$/.exec(what) ?? [];
        if (names === undefined) outer.push(statement);
        else {
          const all = named.get(from!) ?? new Set<string>();
          for (const name of names.split(',')) if (name.trim() !== '') all.add(name.trim());
          named.set(from!, all);
        }
        return '';
      })
      .replaceAll(/^declare module [\s\S]*?^}\n/gm, (statement) => {
        outer.push(statement);
        return '';
      })
      .replaceAll(/^export default /gm, 'void ')
      .replaceAll(/^export /gm, ''),
  );
  const imports = [...named].map(
    ([from, names]) =>
      `import { ${[...names].join(', ')} } from '${from === 'vitest' ? 'node:test' : from}';\n`,
  );
  const program = bodies.reduceRight(
    (rest, body) => `{\n${body}\nprocess.stdout.write('${END}');\n${rest}}\n`,
    '',
  );
  return [...new Set([...imports, ...outer]), program].join('');
}

/** What each block of the program printed. */
export function outputsOf(printed: string): string[] {
  return printed.split(END).slice(0, -1);
}
