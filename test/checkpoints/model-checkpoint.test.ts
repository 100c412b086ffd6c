/** callbacks.modelCheckpoint: when it saves, what, and under which name. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pythonFormat } from '../../lib/callbacks/python-format.js';
import { callbacks } from '../../lib/index.js';
import { captureOutput } from '../support/output.js';
import { problems } from '../support/models.js';

describe('callbacks.modelCheckpoint', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-saved-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** What it saves in a training with these figures, epoch after epoch, and what it says. */
  async function saves(options: callbacks.ModelCheckpointOptions, losses: readonly number[], name = '{epoch}.keras') {
    const files: string[] = [];
    const callback = callbacks.modelCheckpoint(name, options);
    const save = (kind: string) => (file: string) => Promise.resolve(void files.push(`${kind} ${file}`));
    callback.setModel({ save: save('model'), saveWeights: save('weights') } as never);
    const said = await captureOutput(async () => {
      for (const [epoch, loss] of losses.entries()) {
        callback.onEpochBegin(epoch);
        await callback.onEpochEnd(epoch, { loss, val_loss: loss, val_accuracy: 1 - loss });
      }
    });
    return { files, said };
  }

  it('saves every epoch, or what is better than ever', async () => {
    const losses = [0.5, 0.7, 0.4, 0.4];
    assert.deepEqual((await saves({}, losses)).files, ['model 1.keras', 'model 2.keras', 'model 3.keras', 'model 4.keras']);
    assert.deepEqual((await saves({ saveBestOnly: true }, losses)).files, ['model 1.keras', 'model 3.keras']);
    assert.deepEqual((await saves({ saveBestOnly: true, initialValueThreshold: 0.45 }, losses)).files, ['model 3.keras']);
    assert.deepEqual((await saves({ saveBestOnly: true, mode: 'max' }, losses)).files, ['model 1.keras', 'model 2.keras']);
    const accuracy = { saveBestOnly: true, monitor: 'val_accuracy', saveWeightsOnly: true };
    assert.deepEqual((await saves(accuracy, losses, '{val_accuracy:.2f}.weights.h5')).files, [
      'weights 0.50.weights.h5',
      'weights 0.60.weights.h5',
    ]);
  });

  it('says so in the words of Keras', async () => {
    const { said } = await saves({ saveBestOnly: true, verbose: 1 }, [0.5, 0.7], 'm.keras');
    assert.equal(
      said,
      '\nEpoch 1: val_loss improved from None to 0.50000, saving model to m.keras\n' +
        '\nEpoch 1: finished saving model to m.keras\n\nEpoch 2: val_loss did not improve from 0.50000\n',
    );
  });

  it('writes weights while fit trains, after epochs or batches, and remembers across checkpoints', async () => {
    const problem = problems['regression']!;
    const [x, y, model] = [problem.x(), problem.y(), problem.make()];
    model.compile({ optimizer: 'sgd', loss: problem.loss });
    const names = (kind: string): string => path.join(folder, kind, '{epoch:02d}-{loss:.3f}.safetensors');
    const batches = callbacks.modelCheckpoint(path.join(folder, 'b', '{epoch}.{batch:03d}.safetensors'), {
      saveWeightsOnly: true,
      saveFreq: 3,
    });
    const { history } = await model.fit(x, y, {
      epochs: 2,
      batchSize: 10,
      verbose: 0,
      callbacks: [callbacks.modelCheckpoint(names('a'), { saveWeightsOnly: true }), batches],
    });
    const wanted = history['loss']!.map((loss, i) => `0${i + 1}-${loss.toFixed(3)}.safetensors`);
    assert.deepEqual(readdirSync(path.join(folder, 'a')).sort(), wanted);
    assert.deepEqual(readdirSync(path.join(folder, 'b')).sort(), ['1.003.safetensors', '2.002.safetensors']);
    assert.deepEqual(batches.getState(), { best: null, seen: 2 });
    const other = problem.make();
    await other.loadWeights(path.join(folder, 'a', wanted[1]!));
    assert.deepEqual(await other.getWeights(), await model.getWeights());
    for (const one of [x, y, model, other]) one.dispose();
  });

  it('names that cannot be are refused', async () => {
    const { modelCheckpoint } = callbacks;
    assert.throws(() => modelCheckpoint('m.txt'), /filepath: expected a name that ends in \.keras or \.h5 or \.hdf5, got 'm\.txt'/);
    assert.throws(() => modelCheckpoint('m.weights.h5'), /pass saveWeightsOnly: true/);
    assert.throws(
      () => modelCheckpoint('m.keras', { saveWeightsOnly: true }),
      /expected a name that ends in \.weights\.h5 or \.safetensors/,
    );
    assert.throws(() => modelCheckpoint('m.keras', { saveFreq: 0 }), /expected 'epoch' or a number of batches, got 0/);
    await assert.rejects(saves({}, [1], '{mae}.keras'), /expected names among epoch, loss, val_loss, val_accuracy, got '\{mae\}'/);
  });

  it('formats numbers as Python does', () => {
    // Made with str.format of Python 3.11.
    const cases = JSON.parse(readFileSync(path.join(__dirname, 'python-format.json'), 'utf8')) as [string, number, string][];
    assert.ok(cases.length > 50);
    for (const [template, x, wanted] of cases) assert.equal(pythonFormat('name', template, { x }), wanted, `${template} of ${x}`);
    assert.throws(() => pythonFormat('name', '{x:zz}', { x: 1 }), /expected a format such as/);
    assert.throws(() => pythonFormat('name', '{x:d}', { x: 1.5 }), /expected a format such as/);
    assert.throws(() => pythonFormat('name', '{x', { x: 1 }), /expected braces in pairs/);
  });
});
