// Checks dashboards against Grafana's own types: `dashboards.mjs MODULES FILE…` prints what does not fit, as the compiler says it.
//
// A dashboard is JSON, and JSON is TypeScript: as a literal of its type it may have no unknown key, lack none that must be there,
// and have no value that is not one of those which are listed. `@grafana/schema` has the version of the Grafana that we run.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import process from 'node:process';

const [modules, ...files] = process.argv.slice(2);
// Beside the modules, so that the compiler finds them.
const folder = mkdtempSync(join(resolve(modules), 'check-'));

const of = (plugin, name) => `@grafana/schema/dist/esm/raw/composable/${plugin}/panelcfg/x/${name}PanelCfg_types.gen`;
const types = `
import type * as schema from '@grafana/schema';
import type * as stat from '${of('stat', 'Stat')}';
import type * as lines from '${of('timeseries', 'TimeSeries')}';
import type * as logs from '${of('logs', 'Logs')}';
import type * as text from '${of('text', 'Text')}';

// In JSON a member of an enumeration is its text.
type Plain<T> = T extends string ? \`\${T}\`
  : T extends (infer E)[] ? Plain<E>[]
  : T extends object ? { [K in keyof T]: Plain<T[K]> }
  : T;

// Grafana fills in what is left out of options, at any depth.
type Some<T> = T extends unknown[] ? T : T extends object ? { [K in keyof T]?: Some<T[K]> } : T;

interface Ref { type: 'prometheus' | 'loki'; uid: string }

// Of the editors of the two data sources: packages/grafana-prometheus/src/dataquery.ts, grafana/loki/dataquery.gen.ts.
interface Query { refId: string; datasource: Ref; expr: string; legendFormat: string; instant?: boolean; range?: boolean }

type Place = Plain<Required<Pick<schema.Panel, 'id' | 'title' | 'gridPos'>> & Pick<schema.Panel, 'description' | 'links'>>;
type Fields<C> = Plain<Omit<schema.FieldConfig, 'custom'>> & { custom?: Some<Plain<C>> };
type Shows<T, O, C> = Place & {
  type: T;
  datasource: Ref;
  targets: Query[];
  options: Some<Plain<O>>;
  fieldConfig: { defaults: Fields<C>; overrides: [] };
};
type Panel =
  | Shows<'stat', stat.Options, object>
  | Shows<'timeseries', lines.Options, lines.FieldConfig>
  | Shows<'logs', logs.Options, object>
  | (Place & { type: 'text'; options: Plain<text.Options> });

export type Dashboard = Plain<Omit<schema.Dashboard, 'panels'>>
  & { uid: string; title: string; time: { from: string; to: string }; panels: Panel[] };
`;

try {
  writeFileSync(join(folder, 'types.ts'), types);
  const sources = files.map((file) => {
    const name = `${basename(file, '.json')}.ts`;
    const json = JSON.stringify(JSON.parse(readFileSync(file, 'utf8')), null, 1);
    const lead = "import type { Dashboard } from './types';\nexport const dashboard: Dashboard = ";
    writeFileSync(join(folder, name), `${lead}${json};\n`);
    return name;
  });
  const compiler = join(resolve(modules), 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'preserve', '--moduleResolution', 'bundler'];
  const said = spawnSync(process.execPath, [compiler, ...options, ...sources], { cwd: folder, encoding: 'utf8' });
  process.stdout.write(said.stdout);
  process.stderr.write(said.stderr);
  console.log(`${files.length} dashboards`);
  process.exitCode = said.status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
