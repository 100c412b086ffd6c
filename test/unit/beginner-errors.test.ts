/** What beginners do wrong is refused with one clear sentence, and docs/errors.md has the sentence as it is. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeCudnnError, setDevice } from '../../lib/index.js';
import { type WrongUse, wrongUses } from '../support/wrong-uses.js';

const page = join(__dirname, '../../docs/errors.md');
const [begin, end] = ['<!-- table: written by test/unit/beginner-errors.test.ts -->', '<!-- end of the table -->'];

/** NODE_CUDNN_WRITE_DOCS=1 writes the table instead of comparing it. */
const writes = process.env['NODE_CUDNN_WRITE_DOCS'] === '1';

/** Errors that are not the library's: what a generator threw, and a signal's reason. */
const foreign = ['TypeError', 'AbortError'];

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const beginning = ([what, code, kind]: WrongUse): string => `| ${what} | \`${code}\` | \`${kind}\` | `;

/** Names of folders, and what differs from machine to machine or from release to release of another library. */
function unvaried(message: string, folder: string): string {
  return message
    .replaceAll(folder, 'FOLDER')
    .replaceAll(process.cwd(), 'CURRENT FOLDER')
    .replace(/^(setDevice.*, got none): .*$/, '$1: (what was looked for)')
    .replace(/\((\w+, \w+, \w+)(?:, \w+){4,}\)/, '($1, ...)') // names of a registry that grows
    .replace(/(the download failed): [^;]*/, '$1: (why)')
    .replace(/(expected a whole image [^,]*(?:, \w+)*(?: or \w+)?\)), got [^;]*/, '$1, got (what the decoder says)');
}

async function thrownBy(act: () => unknown): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('errors of beginners', () => {
  const root = mkdtempSync(join(tmpdir(), 'node-cudnn-errors-'));
  const usual = { fetch: globalThis.fetch, cache: process.env['NODE_CUDNN_CACHE'] };
  const rows = new Map<WrongUse, string>();
  const documented = writes ? '' : readFileSync(page, 'utf8');

  beforeEach(() => {
    globalThis.fetch = () => Promise.reject(new TypeError('no network'));
    process.env['NODE_CUDNN_CACHE'] = join(root, 'cache');
  });

  afterEach(() => {
    globalThis.fetch = usual.fetch;
    if (usual.cache === undefined) delete process.env['NODE_CUDNN_CACHE'];
    else process.env['NODE_CUDNN_CACHE'] = usual.cache;
  });

  after(() => rmSync(root, { recursive: true, force: true }));

  wrongUses.forEach((use, i) => {
    const [what, , kind, act] = use;
    it(what, async function () {
      const folder = join(root, String(i));
      mkdirSync(folder);
      const thrown = await thrownBy(() => act(folder));
      if (thrown === undefined && kind === 'DeviceError') {
        setDevice('auto'); // a machine with CUDA
        this.skip();
      }
      assert.ok(thrown instanceof Error, 'nothing was thrown');
      assert.equal(thrown.name, kind, thrown.message);
      const message = unvaried(thrown.message, folder).replaceAll(root, 'FOLDER');
      if (!foreign.includes(kind)) {
        assert.ok(thrown instanceof NodeCudnnError);
        assert.match(message, /^[^\n]+$/, 'one line');
        assert.match(message, /^[^:]+.*: .*(expected .+, got .+|does not fit)/, 'where: expected, got');
        assert.doesNotMatch(message, /undefined,|\[object|\bnull\b|  /, 'nothing internal shows');
      }
      const row = `${beginning(use)}${cell(message)} |`;
      rows.set(use, row);
      if (!writes) assert.ok(documented.includes(`${row}\n`), `docs/errors.md lacks this row; NODE_CUDNN_WRITE_DOCS=1 writes it:\n${row}`);
    });
  });

  it('docs/errors.md has these rows and no others', () => {
    assert.ok(wrongUses.length >= 30);
    if (writes) {
      const text = readFileSync(page, 'utf8');
      const [head, tail] = [text.slice(0, text.indexOf(begin)), text.slice(text.indexOf(end))];
      assert.equal(rows.size, wrongUses.length, 'a table can only be written where every row was seen');
      writeFileSync(
        page,
        `${head}${begin}\n\n| what | code | class | message |\n| --- | --- | --- | --- |\n${[...rows.values()].join('\n')}\n\n${tail}`,
      );
      return;
    }
    const table = documented.slice(documented.indexOf(begin), documented.indexOf(end));
    const written = table
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2);
    assert.equal(written.length, wrongUses.length);
    wrongUses.forEach((use, i) => assert.ok(written[i]!.startsWith(beginning(use)), `row ${i + 1} is not '${use[0]}'`));
  });
});
