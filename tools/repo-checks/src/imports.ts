import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import { ENGINE, layers } from './layers.ts';

/** What an import must not do. Types count as much as values. */
export const importRules: IForbiddenRuleType[] = [
  { name: 'no circle', from: {}, to: { circular: true } },
  { name: 'every import is found', from: {}, to: { couldNotResolve: true, pathNot: '[?]' } },
  {
    name: 'other packages by name',
    from: { path: '^((packages|apps|tools)/[^/]+)/' },
    to: { path: '^(packages|apps|tools)/', pathNot: '^$1/', dependencyTypes: ['local'] },
  },
  {
    name: 'no tool in what is published',
    from: { path: '^(packages|apps)/[^/]+/src/' },
    to: { path: '^tools/' },
  },
  {
    name: 'no engine but in an application',
    from: { path: '^packages/([^/]+)/src/', pathNot: '^packages/serving/src/web/' },
    to: { path: `^packages/${ENGINE}/`, pathNot: '^packages/$1/' },
  },
  {
    name: 'terminal and report are leaves',
    from: { path: '^apps/trainer/src/(terminal|report)/' },
    to: { path: '^apps/trainer/', pathNot: '^apps/trainer/src/(terminal|$1)/' },
  },
  ...layers.flatMap((layer, level) =>
    layer.map((name) => ({
      name: 'arrows point down',
      from: { path: `^(packages|apps)/${name}/src/` },
      to: {
        path: `^(packages|apps)/(${layers.slice(level).flat().join('|')})/`,
        pathNot: `^(packages|apps)/${name}/`,
      },
    })),
  ),
];

/** Every import of the packages, apps and tools under `baseDir`, with the rules that it breaks. */
export async function imports(baseDir: string): Promise<ICruiseResult> {
  const { output } = await cruise(
    ['packages', 'apps', 'tools'],
    {
      baseDir,
      ruleSet: { forbidden: importRules },
      validate: true,
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '(^|/)(dist|runs|[.]turbo)/|^packages/backend-wasm/assembly/' },
      // Before compilation there are imports of types alone.
      tsPreCompilationDeps: true,
    },
    {
      extensions: ['.ts', '.mjs', '.js', '.json', '.d.ts'],
      exportsFields: ['exports'],
      conditionNames: ['@ttrec/source', 'types', 'import', 'node', 'default'],
    },
  );
  return output as ICruiseResult;
}
