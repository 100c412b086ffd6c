/** Pictures for the eyes of whoever runs the program: in the terminal, or on a page in the browser. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ArgumentError, DataError } from '../errors.js';
import { metInReading, writeWhole } from '../io/files.js';
import { flag, optional, readOptions, text } from '../options/index.js';
import { escape, pictureKind } from './picture-file.js';

export interface ShowOptions {
  title?: string;
  /** Opens the page with the desktop's browser; true where there is a desktop. */
  open?: boolean;
  /** Where the page is written; a temporary folder where it is not given. */
  file?: string;
}

async function readPicture(where: string, file: string): Promise<{ kind: 'svg' | 'png'; bytes: Buffer }> {
  const kind = pictureKind(where, file, undefined, 'files that end in .png or .svg');
  try {
    return { kind, bytes: await readFile(file) };
  } catch (error) {
    throw new DataError({ where, expected: `a picture ${file}`, received: metInReading(error), hint: 'draw it first', cause: error });
  }
}

function hasDesktop(): boolean {
  return (process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'] ?? '') !== '';
}

/**
 * Puts pictures on one page that holds all it needs, and opens it in the browser where there is a desktop.
 *
 * @param files .png and .svg files
 * @returns the page's path
 * @example
 * await plot.history(history, 'history.svg');
 * const page = await plot.show(['history.svg', 'digits.png'], { title: 'MNIST' });
 */
export async function show(files: string | readonly string[], options: ShowOptions = {}): Promise<string> {
  const where = 'plot.show';
  const { title, open, file } = readOptions(where, options, {
    title: optional(text, 'node-cudnn'),
    open: optional(flag, hasDesktop),
    file: optional(text, ''),
  });
  const parts: string[] = [];
  for (const one of [files].flat()) {
    const { kind, bytes } = await readPicture(where, one);
    const type = kind === 'svg' ? 'image/svg+xml' : 'image/png';
    const name = escape(path.basename(one));
    parts.push(
      `<figure><img src="data:${type};base64,${bytes.toString('base64')}" alt="${name}"><figcaption>${name}</figcaption></figure>`,
    );
  }
  if (parts.length === 0) throw new ArgumentError({ where, expected: 'at least one picture', received: 'none' });
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escape(title)}</title>
<style>
  body { font-family: sans-serif; margin: 2rem; color: #222; background: #fafafa; }
  figure { display: inline-block; margin: 0 1.5rem 1.5rem 0; vertical-align: top; }
  img { max-width: 100%; background: white; border: 1px solid #ddd; }
  figcaption { font-size: 0.85rem; color: #666; margin-top: 0.4rem; }
</style>
<h1>${escape(title)}</h1>
${parts.join('\n')}
</html>
`;
  const target = file !== '' ? path.resolve(file) : path.join(await mkdtemp(path.join(tmpdir(), 'node-cudnn-plot-')), 'index.html');
  await writeWhole(where, target, page);
  if (open) {
    const child = spawn('xdg-open', [target], { stdio: 'ignore', detached: true });
    child.on('error', () => undefined); // no browser: the caller has the path
    child.unref();
  }
  return target;
}

/** How this terminal takes pictures, if it does. */
function terminalProtocol(): 'kitty' | 'iterm' | undefined {
  const { env } = process;
  if (env['KITTY_WINDOW_ID'] !== undefined || env['TERM'] === 'xterm-kitty' || env['TERM_PROGRAM'] === 'ghostty') return 'kitty';
  if (['iTerm.app', 'WezTerm', 'vscode'].includes(env['TERM_PROGRAM'] ?? '')) return 'iterm';
  return undefined;
}

function kittyImage(base64: string): string {
  const size = 4096;
  let out = '';
  for (let at = 0; at < base64.length; at += size) {
    const more = at + size < base64.length ? 1 : 0;
    out += `\x1b_G${at === 0 ? 'a=T,f=100,' : ''}m=${more};${base64.slice(at, at + size)}\x1b\\`;
  }
  return out;
}

/**
 * Shows a .png picture inside the terminal where it can (kitty, Ghostty, iTerm2, WezTerm, VS Code); returns false, and writes nothing, where
 * it cannot.
 *
 * @example
 * if (!(await plot.inTerminal('history.png'))) console.log('see history.png');
 */
export async function inTerminal(file: string, stream: NodeJS.WriteStream = process.stdout): Promise<boolean> {
  const where = 'plot.inTerminal';
  if (pictureKind(where, file) !== 'png') {
    throw new ArgumentError({ where, expected: 'a .png file', received: file, hint: 'terminals show no .svg' });
  }
  const { bytes } = await readPicture(where, file);
  const protocol = stream.isTTY ? terminalProtocol() : undefined;
  if (!protocol) return false;
  const base64 = bytes.toString('base64');
  stream.write(protocol === 'kitty' ? `${kittyImage(base64)}\n` : `\x1b]1337;File=inline=1;size=${bytes.length}:${base64}\x07\n`);
  return true;
}
