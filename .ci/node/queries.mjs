// Parses queries: `queries.mjs MODULES` reads `[["logql", "{…}"], …]` and prints what is not a query, a line each.
//
// The grammars are those of the editors in Prometheus and Grafana. They go on after a fault, so that any node of an error in the
// tree is one, and so is what is no single expression.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import process from 'node:process';

const load = createRequire(resolve(process.argv[2], 'package.json'));
const parsers = {
  promql: load('@prometheus-io/lezer-promql').parser,
  logql: load('@grafana/lezer-logql').parser,
};

/** Where the first fault of a query is, or null. */
function fault(language, query) {
  let at = null;
  parsers[language].parse(query).iterate({
    enter(node) {
      if (node.type.isError && at === null) at = node.from;
    },
  });
  return at;
}

const queries = JSON.parse(readFileSync(0, 'utf8'));
let wrong = 0;
for (const [language, query] of queries) {
  const at = fault(language, query);
  if (at !== null || query.trim() === '') {
    wrong += 1;
    console.log(`${language} at ${at}: ${query}`);
  }
}
console.log(`${queries.length} queries`);
process.exitCode = wrong > 0 ? 1 : 0;
