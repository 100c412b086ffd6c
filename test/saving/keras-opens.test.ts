/** Models trained here and saved, opened by Keras itself: its predictions and the next five steps of its training are those that follow here. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadModel, type Model, utils } from '../../lib/index.js';
import { itWithPython, runPython } from '../support/python.js';
import { listed, predictions, readArrays, train, writeArrays } from './round-trip.js';
import { tutorials } from './tutorials.js';

const kept = path.join(__dirname, 'python', 'files');

/** What check.py found out about a file. */
type Report = Readonly<Record<'predictions' | 'losses' | 'weights', number>> | { readonly error: string };

const makers: Readonly<Record<string, () => Model | Promise<Model>>> = {
  ...tutorials,
  'every-layer': () => loadModel(path.join(kept, 'every-layer.keras')),
};

describe('Keras opens', function () {
  this.timeout(900_000);
  let folder: string;
  let reports: Record<string, Report>;

  async function write(name: string): Promise<void> {
    using model = (await makers[name]!()) as Model & Disposable;
    const given = await readArrays(path.join(kept, `${name}.safetensors`));
    const arrays = new Map([...given].filter(([key]) => /^[xy]\d+$/.test(key)));
    await train(model, arrays, 3);
    for (const ending of ['.keras', '.h5']) await model.save(path.join(folder, `${name}${ending}`));
    await model.saveWeights(path.join(folder, `${name}.weights.h5`));
    (await predictions(model, arrays)).forEach((answer, i) => arrays.set(`p${i}`, answer));
    const losses = await train(model, arrays, 5);
    arrays.set('losses', { shape: [5], dtype: 'float32', data: Float32Array.from(losses) });
    (await model.getWeights()).forEach((value, i) => arrays.set(`after/${i}`, value));
    assert.ok(listed(arrays, 'after/').length > 0);
    await writeArrays(path.join(folder, `${name}.safetensors`), arrays);
  }

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'));
    utils.setRandomSeed(11);
    for (const name of Object.keys(makers)) await write(name);
    const program = path.join(__dirname, 'python', 'check.py');
    reports = JSON.parse(await runPython([program, folder], { timeout: 900_000 })) as Record<string, Report>;
  });
  after(() => rmSync(folder, { recursive: true }));

  const within: Readonly<Record<string, number>> = { predictions: 1e-5, losses: 1e-4, weights: 1e-4 };
  for (const name of Object.keys(makers)) {
    for (const ending of ['.keras', '.h5', '.weights.h5']) {
      itWithPython(`${name}${ending}`, async () => {
        const report = reports[`${name}${ending}`]!;
        if ('error' in report) assert.fail(report.error);
        const wanted = ending === '.weights.h5' ? { weights: 0 } : within;
        for (const [what, limit] of Object.entries(wanted)) {
          const found = report[what as 'weights'];
          assert.ok(found <= limit, `${what}: expected a difference of ${limit} at most, got ${found}`);
        }
      });
    }
  }
});
