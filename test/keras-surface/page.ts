/** The part of docs/from-keras.md that says what of Keras is not here, made of the lists in exceptions.ts; run by itself it writes it. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DEFAULTS, type Exceptions, MEMBERS, NAMES, OPTIONS } from './exceptions.js';

export const PAGE = path.join(__dirname, '../../docs/from-keras.md');
const [BEGIN, END] = ['<!-- surface: test/keras-surface/exceptions.ts -->', '<!-- end of surface -->'];

function table(title: string, groups: readonly Exceptions[]): string {
  const rows = groups.map(({ why, names }) => `| ${why} | ${names.map((name) => `\`${name.replace(/: \*$/, '')}\``).join(', ')} |`);
  return [`### ${title}`, '', '| why | of Keras |', '| --- | --- |', ...rows].join('\n');
}

export function section(): string {
  return [
    BEGIN,
    table('Names', NAMES),
    table('Options', OPTIONS),
    table('Members of classes', MEMBERS),
    table('Other defaults', DEFAULTS),
    END,
  ].join('\n\n');
}

/** The page with this part as it should be. */
export function updated(page: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${PAGE}: expected ${BEGIN} and ${END}`);
  return page.slice(0, from) + section() + page.slice(to + END.length);
}

if (require.main === module) writeFileSync(PAGE, updated(readFileSync(PAGE, 'utf8')));
