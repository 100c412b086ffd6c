/** Progress of large files, and signals that end their writing and reading, in every format. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Model, layers, loadModel, sequential } from '../../lib/index.js';
import { timing, Transfer } from '../../lib/io/transfer.js';

interface Options {
  verbose?: 0 | 1 | 'auto';
  signal?: AbortSignal;
}

/** What is written to a stream while `run` runs, as if it were a terminal or not. */
async function shown(isTTY: boolean, run: () => Promise<void>): Promise<string> {
  const { stderr } = process;
  const { isTTY: before, columns } = stderr;
  const write = stderr.write.bind(stderr);
  let text = '';
  stderr.write = (chunk: string) => ((text += chunk), true);
  Object.assign(stderr, { isTTY, columns: 100 });
  try {
    await run();
  } finally {
    Object.assign(stderr, { write, isTTY: before, columns });
  }
  return text;
}

const COLOURS = /\x1b\[\d+m/g;
/** The drawings of a line, one after the other. */
const drawings = (text: string): string[] =>
  text
    .replace(COLOURS, '')
    .split(/[\r\n]/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');

const make = (): Model & Disposable => sequential([600]).add(layers.dense(800)).add(layers.dense(400)) as Model & Disposable;
/** Bytes of its weights: 4 * (600 * 800 + 800 + 800 * 400 + 400). */
const BYTES = 3_204_800;

/** A way to write and one to read it back, for each format. */
const whole = ['model.keras', 'model.h5', 'model.onnx', 'web'];
const weights = ['model.weights.h5', 'weights.h5', 'model.safetensors'];

describe('progress of files', () => {
  let folder: string;
  let model: Model & Disposable;
  const usual = { ...timing };
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'));
    model = make();
    // its weights are there before the first test counts what is left behind
    await model.getWeights();
  });
  after(() => {
    rmSync(folder, { recursive: true });
    model[Symbol.dispose]();
  });
  afterEach(() => Object.assign(timing, usual));

  const file = (name: string): string => path.join(folder, name);
  const save = (name: string, options: Options): Promise<void> =>
    whole.includes(name) ? model.save(file(name), options) : model.saveWeights(file(name), options);
  const load = async (name: string, options: Options): Promise<void> => {
    if (whole.includes(name)) return (await loadModel(file(name), options)).dispose();
    using other = make();
    await other.loadWeights(file(name), options);
  };

  for (const name of [...whole, ...weights]) {
    it(`${name} is told of in lines where there is no terminal, with its size`, async () => {
      Object.assign(timing, { first: 0, bytes: 0 });
      const text = await shown(false, () => save(name, {}));
      assert.match(text, new RegExp(`^writing ${name}.*\nwrote ${name}: 3\\.2 MB in \\d+\\.\\d s\n$`));
      const back = await shown(false, () => load(name, { verbose: 1 }));
      assert.match(back, new RegExp(`^reading ${name}.*\nread ${name}: 3\\.2 MB in \\d+\\.\\d s\n$`));
    });

    it(`${name} has a bar on a terminal`, async () => {
      Object.assign(timing, { first: 0, between: 0, bytes: 0 });
      for (const run of [save, load]) {
        const lines = drawings(await shown(true, () => run(name, { verbose: 'auto' })));
        assert.match(lines.at(-1)!, new RegExp(`^${name} 3\\.2/3\\.2 MB ━{20} [\\d:]+s?$`));
        // before that: nothing known yet, then some of it
        for (const line of lines.slice(0, -1)) {
          assert.match(
            line,
            new RegExp(`^((writing|reading) ${name} \\d+s|${name} \\d\\.\\d/3\\.[23] MB ━{20}( [\\d:]+s?| to the disk)?)$`),
          );
        }
      }
    });

    it(`${name}: verbose 0 says nothing, and neither does what is done in less than a second`, async () => {
      assert.equal(await shown(true, () => save(name, {})), '');
      Object.assign(timing, { first: 0, bytes: 0 });
      assert.equal(await shown(true, () => save(name, { verbose: 0 })), '');
      assert.equal(await shown(false, () => load(name, { verbose: 0 })), '');
    });

    it(`${name} that is not to be written any more stays as it was`, async () => {
      await save(name, { verbose: 0 });
      const names = readdirSync(folder);
      const contents = (): string =>
        statSync(file(name)).isDirectory()
          ? readdirSync(file(name)).map((one) => `${one} ${readFileSync(path.join(file(name), one), 'latin1')}`).join() // prettier-ignore
          : readFileSync(file(name), 'latin1');
      const old = contents();
      for (const after of [0, 1, 2]) {
        const controller = new AbortController();
        const reason = new Error('enough');
        // at once, and after one or two steps
        const stop = countdown(after, () => controller.abort(reason));
        try {
          await assert.rejects(save(name, { signal: controller.signal, verbose: 0 }), (error) => error === reason);
        } finally {
          stop.restore();
        }
        assert.equal(contents(), old);
        assert.deepEqual(readdirSync(folder), names, 'nothing half-written is left');
      }
    });

    it(`${name} is not read to its end`, async () => {
      const controller = new AbortController();
      const stop = countdown(1, () => controller.abort(new Error('enough')));
      try {
        await assert.rejects(load(name, { signal: controller.signal, verbose: 0 }), /enough/);
      } finally {
        stop.restore();
      }
      await load(name, { verbose: 0 });
    });
  }

  /** Calls `then` after so many looks at whether a file is still wanted; 0: at once. */
  function countdown(looks: number, then: () => void): { restore(): void } {
    const { check } = Transfer.prototype; // eslint-disable-line @typescript-eslint/unbound-method -- called with its own object
    let left = looks;
    Transfer.prototype.check = function counted(this: Transfer) {
      if (left-- === 0) then();
      check.call(this);
    };
    return { restore: () => void (Transfer.prototype.check = check) };
  }

  it('a last look comes before the old file is replaced', async () => {
    await save('model.safetensors', { verbose: 0 });
    const { ino } = statSync(file('model.safetensors'));
    const looks: number[] = [];
    const { check } = Transfer.prototype; // eslint-disable-line @typescript-eslint/unbound-method -- called with its own object
    Transfer.prototype.check = function (this: Transfer) {
      const part = readdirSync(folder).find((name) => name.endsWith('.part'));
      looks.push(part ? statSync(file(part)).size : -1);
      check.call(this);
    };
    try {
      await save('model.safetensors', { verbose: 0 });
    } finally {
      Transfer.prototype.check = check;
    }
    assert.ok(looks.at(-1)! > BYTES, `the last look at ${looks.at(-1)} bytes`);
    assert.notEqual(statSync(file('model.safetensors')).ino, ino);
  });

  it('refuses other values', async () => {
    await assert.rejects(save('model.keras', { verbose: 3 as never }), /\.save verbose: expected 0, 1 or 'auto', got 3$/);
    await assert.rejects(
      save('model.safetensors', { signal: {} as never }),
      /saveWeights signal: expected an AbortSignal, got .*; pass controller/,
    );
    await assert.rejects(load('model.keras', { verbose: true as never }), /loadModel verbose: expected 0, 1 or 'auto', got true$/);
  });
});
