// Holds custom resources against the models of their operators: reads a JSON list of objects, prints a JSON list with an answer each,
// `null` where no package has the kind, else the list of what is wrong.
//
// A model has two halves, and neither is enough: a validator, which is made of the schema of the definition and takes any unknown
// field, and types, which TypeScript holds a literal against, unknown fields included.
//
//     node judge.mjs MODULES TSC <objects.json

import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

const [modules, tsc] = process.argv.slice(2)
const models = join(modules, "node_modules", "@kubernetes-models")
const packages = readdirSync(models).sort()

/** The path of a model without its ending, if a package has the kind. */
function model({ apiVersion, kind }) {
  if (![...apiVersion.split("/"), kind].every((word) => /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(word))) return undefined
  const paths = packages.map((name) => join(models, name, apiVersion, kind))
  return paths.find((path) => existsSync(`${path}.d.ts`))
}

/** What the validator says. */
async function values(path, object) {
  const file = [".mjs", ".js"].map((end) => path + end).find(existsSync)
  const { [object.kind]: Model } = await import(pathToFileURL(file))
  try {
    new Model(structuredClone(object)).validate()
    return []
  } catch (error) {
    return [String(error.message)]
  }
}

/** What TypeScript says of all objects, by their places in the list. */
function types(paths, objects) {
  const folder = mkdtempSync(join(modules, "judged-"))
  try {
    const lines = objects.map((object, at) =>
      paths[at]
        ? `export const o${at}: import(${JSON.stringify(paths[at])}).I${object.kind} = ${JSON.stringify(object)}`
        : "",
    )
    writeFileSync(join(folder, "objects.ts"), `${lines.join("\n")}\n`)
    const compilerOptions = {
      module: "esnext",
      moduleResolution: "bundler",
      target: "esnext",
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      types: [],
    }
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["objects.ts"] }))
    const run = spawnSync(tsc, ["--project", folder, "--pretty", "false"], { encoding: "utf8", maxBuffer: 1 << 28 })
    if (run.error) throw run.error
    const found = objects.map(() => [])
    for (const line of `${run.stdout}${run.stderr}`.split("\n").filter(Boolean)) {
      // What follows a fault on lines of its own explains it.
      if (line.startsWith(" ")) continue
      const place = /objects\.ts\((\d+),\d+\): error (.*)$/.exec(line)
      if (!place) throw new Error(`tsc: ${line}`)
      found[Number(place[1]) - 1].push(place[2].slice(0, 400))
    }
    if (run.status !== 0 && found.every((faults) => faults.length === 0)) throw new Error(`tsc ended with ${run.status}`)
    return found
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const objects = JSON.parse(readFileSync(0, "utf8"))
const paths = objects.map(model)
const unfit = types(paths, objects)
const answers = []
for (const [at, object] of objects.entries()) {
  answers.push(paths[at] ? [...(await values(paths[at], object)), ...unfit[at]] : null)
}
process.stdout.write(JSON.stringify(answers))
