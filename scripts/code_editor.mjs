// Makes the page's code editor, once, when it is set up: `node code_editor.mjs PACKAGES ENTRY TARGET`.
//
// PACKAGES is the node_modules of frontend/editor/package.json, ENTRY frontend/editor/code_editor.js. In TARGET are then one
// module of both, and the licences of every package that is in it.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [packages, entry, target] = process.argv.slice(2).map((path) => resolve(path));
const { build } = createRequire(join(packages, "/"))("esbuild");

const { metafile } = await build({
  entryPoints: [entry],
  outfile: join(target, "code_editor.js"),
  bundle: true,
  format: "esm",
  minify: true,
  // Browsers that have what the page itself needs have all of it.
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: { js: "// CodeMirror and what it stands on, bundled with the page's code_editor.js; licences.txt has their terms." },
  nodePaths: [packages],
  metafile: true,
  logLevel: "warning",
});

const parts = Object.values(metafile.outputs)[0].inputs;
const inside = Object.keys(parts).filter((path) => parts[path].bytesInOutput > 0);
const names = new Set(inside.flatMap((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1] ?? []));
const notices = [...names].sort().map((name) => {
  const about = JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8"));
  const file = ["LICENSE", "LICENSE.md", "LICENSE.txt"].map((file) => join(packages, name, file)).find(existsSync);
  if (!file) throw new Error(`${name} brings no licence: what is passed on has to carry it`);
  return `${name} ${about.version} (${about.license})\n\n${readFileSync(file, "utf8").trim()}\n`;
});
mkdirSync(target, { recursive: true });
writeFileSync(join(target, "licences.txt"), notices.join(`\n${"-".repeat(80)}\n\n`));
console.log(`CodeMirror, ${names.size} packages`);
