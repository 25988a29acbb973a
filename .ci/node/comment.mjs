// Draws a comment as GitHub does: `comment.mjs MODULES` reads Markdown and prints a page of HTML.
//
// GitHub's flavor of Markdown, and its style sheet. HTML of the comment is kept as it is written: a test looks for what should not be
// there. The fonts are those that GitHub names for Linux, so that a picture is the same on each machine.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const from = createRequire(resolve(process.argv[2], 'package.json'));
const load = name => import(pathToFileURL(join(resolve(process.argv[2]), 'node_modules', name, 'index.js')));
const { micromark } = await load('micromark');
const { gfm, gfmHtml } = await load('micromark-extension-gfm');

/** The rules of a font, with the addresses of its files. */
function font(name) {
  const file = from.resolve(name);
  const base = pathToFileURL(`${dirname(file)}/`);
  return readFileSync(file, 'utf8').replace(/url\(([^)]+)\)/g, (_, path) => `url(${new URL(path, base)})`);
}

const fonts = ['@fontsource/noto-sans/400.css', '@fontsource/noto-sans/600.css'];
const style = readFileSync(from.resolve('github-markdown-css/github-markdown-light.css'), 'utf8');
process.stdin.setEncoding('utf8');
let markdown = '';
for await (const part of process.stdin) markdown += part;
const html = micromark(markdown, {
  allowDangerousHtml: true,
  extensions: [gfm()],
  htmlExtensions: [gfmHtml()],
});
console.log(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>A comment</title>
<style>
${style}
${fonts.map(font).join('\n')}
body { margin: 0; background: #fff; }
.markdown-body { padding: 16px; border: 1px solid #d1d9e0; border-radius: 6px; font-family: "Noto Sans", "Noto Color Emoji", sans-serif; font-size: 14px; }
</style>
</head>
<body>
<article class="markdown-body">
${html}</article>
</body>
</html>`);
