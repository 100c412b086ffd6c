/**
 * The examples of the public API, word for word as the design has them (test/types/fixtures/api-*.mts), run as they stand: the compiler's types
 * are left out, imports come from the sources, and what the examples take from their surroundings is given here, small.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import * as cudnn from '../../lib/index.js';
import { captureOutput } from '../support/output.js';

type Scope = Readonly<Record<string, unknown>>;
type Run = (cudnn: unknown, ...values: unknown[]) => Promise<unknown>;

const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (...names: string[]) => Run;

function fixture(name: string): string {
  return readFileSync(path.join(__dirname, '../types/fixtures', name), 'utf8');
}

/** Runs a piece of TypeScript; `result` is what it is asked for afterwards. `from` stands for the library. */
function run(source: string, scope: Scope = {}, result = 'undefined', from: object = cudnn): Promise<unknown> {
  const { outputText } = ts.transpileModule(source, {
    // `using` is lowered
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: false, isolatedModules: true },
  });
  const text = outputText
    .replace(/^import \* as (\w+) from 'node-cudnn';$/gm, 'const $1 = cudnn;')
    .replace(/^import \{([^}]*)\} from 'node-cudnn';$/gm, 'const {$1} = cudnn;')
    .replace(/^export \{\};$/gm, '');
  return new AsyncFunction('cudnn', ...Object.keys(scope), `${text}\nreturn ${result};`)(from, ...Object.values(scope));
}

/** The factory `model` and, under the same name, a model: the examples use the word for both. */
function both(made: cudnn.Model): typeof cudnn.model & cudnn.Model {
  return new Proxy(cudnn.model, {
    get(_, key) {
      const value: unknown = Reflect.get(made, key, made);
      return typeof value === 'function' ? (value as (...given: unknown[]) => unknown).bind(made) : value;
    },
  }) as never;
}

/** Images of one grey: light ones are of the class 1. */
function images(count: number, shape: readonly number[]): { x: cudnn.Tensor; y: cudnn.Tensor } {
  const size = shape.reduce((a, b) => a * b, 1);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
  const pixels = Uint8Array.from({ length: count * size }, (_, i) => 200 * labels[Math.floor(i / size)]! + (i % 7));
  return { x: cudnn.tensor(pixels, [count, ...shape]), y: cudnn.tensor(labels, [count]) };
}

describe('examples of the API run', () => {
  let folder: string;
  const start = process.cwd();

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-api-'));
    // threads that run from the sources look for their loader from here
    symlinkSync(path.join(start, 'node_modules'), path.join(folder, 'node_modules'));
    process.chdir(folder);
  });

  after(() => {
    process.chdir(start);
    rmSync(folder, { recursive: true });
  });

  it('the tutorial, whole', async () => {
    const datasets = { ...cudnn.datasets, mnist: () => Promise.resolve({ train: images(256, [28, 28]), test: images(64, [28, 28]) }) };
    let found: unknown;
    const printed = await captureOutput(async () => {
      const result = '{ loss, accuracy, shape: probabilities.shape, classes, epochs: history.epoch.length, path: model.outputShape }';
      found = await run(fixture('api-tutorial.mts'), {}, result, { ...cudnn, datasets });
    });
    const { loss, accuracy, shape, classes, epochs } = found as {
      loss: number;
      accuracy: number;
      shape: number[];
      classes: Int32Array;
      epochs: number;
    };
    assert.ok(loss > 0 && accuracy > 0.9, `${loss} ${accuracy}`);
    assert.deepEqual(shape, [64, 10]);
    assert.equal(classes.length, 64);
    assert.ok(epochs >= 1);
    assert.match(printed, /Total params: 54,410/);
    assert.match(printed, /Epoch 1\/6/);
    assert.ok(statSync('accuracy.png').size > 2000);
    const loaded = await cudnn.loadModel('mnist.keras');
    assert.equal(loaded.countParams(), 54410);
  });

  describe('the others, paragraph by paragraph', () => {
    const paragraphs = fixture('api-more.mts').split('\n\n');
    const imports = paragraphs[0]!.replace(/^declare .*$/gm, '');
    const paragraph = (beginning: string): string => {
      const found = paragraphs.filter((text) => text.startsWith(`// ${beginning}`));
      assert.equal(found.length, 1, beginning);
      return `${imports}\n${found[0]!}`;
    };

    it('the compile error is the same at run time', async () => {
      const source = paragraph('a compile error');
      const promised = source.trim().split('\n').at(-1)!.replace('// ', '');
      await assert.rejects(run(source), (error: unknown) => error instanceof cudnn.ShapeError && error.message === promised);
    });

    it('functional models, sub-models, weights', async () => {
      const trained = cudnn.sequential([28, 28, 1]).add(cudnn.layers.conv2d(32, 3, { name: 'conv' }));
      const probe = (await run(paragraph('functional models'), { trained, model: cudnn.model }, 'probe')) as cudnn.Model;
      const [kernel] = await probe.getLayer('conv').getWeights();
      assert.deepEqual(kernel!.shape, [3, 3, 1, 32]);
      assert.deepEqual(kernel, (await trained.getLayer('conv').getWeights())[0]);
    });

    it('data that do not fit in memory', async () => {
      for (const [name, value] of [
        ['dark', 10],
        ['light', 200],
      ] as const) {
        mkdirSync(path.join('photos/train', name), { recursive: true });
        for (const i of [1, 2]) {
          await cudnn.utils.saveImg(`photos/train/${name}/${i}.png`, new cudnn.utils.Img(new Uint8Array(300).fill(value), 10, 10, 3));
        }
      }
      // of any size, as the paragraph has two
      const model = cudnn
        .sequential([null, null, 3])
        .add(cudnn.layers.globalAveragePooling2d())
        .add(cudnn.layers.dense(2, { activation: 'softmax' })) as unknown as cudnn.Model;
      model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
      const scope = { model: both(model), train: images(64, [8, 8, 3]), test: images(16, [8, 8, 3]) };
      const printed = await captureOutput(async () => void (await run(paragraph('data that does not fit'), scope)));
      assert.match(printed, /Epoch 25\/25[\s\S]*val_loss[\s\S]*Epoch 10\/10/);
    });

    it('custom layer, loss and training step', async () => {
      const model = cudnn
        .sequential([28, 28, 1])
        .add(cudnn.layers.flatten())
        .add(cudnn.layers.dense(10, { activation: 'softmax' }));
      const { x, y } = images(128, [28, 28, 1]);
      const inputs = cudnn.ops.divide(cudnn.ops.cast(x, 'float32'), 255);
      const labels = cudnn.utils.toCategorical(y, 10);
      const scope = {
        model: both(model as never),
        optimizer: cudnn.optimizers.adam(),
        mean: cudnn.scalar(0.5),
        deviation: cudnn.scalar(0.25),
      };
      const { step, standardize } = (await run(paragraph('custom layer'), scope, '{ step, standardize }')) as {
        step: (x: cudnn.Tensor, y: cudnn.Tensor) => cudnn.Tensor;
        standardize: cudnn.Layer;
      };
      const losses: number[] = [];
      for (let i = 0; i < 5; i++) losses.push(((await step(inputs, labels).data()) as Float32Array)[0]!);
      assert.ok(losses[4]! < losses[0]!, losses.join());
      const moved = (standardize as unknown as { apply(x: cudnn.Tensor): cudnn.Tensor }).apply(cudnn.tensor([0.5, 1]));
      assert.deepEqual(await moved.array(), [0, 2]);
    });

    it('devices and memory', async () => {
      const { name, description, why, bytes, shape } = (await run(
        paragraph('devices and memory'),
        {},
        '{ ...device(), bytes: memory(), shape: batch.shape }',
      )) as { name: string; description: string; why: string; bytes: Record<string, number>; shape: number[] };
      assert.match(name, /^(cpu|cuda:\d+)$/);
      assert.ok(description.length > 0 && why.length > 0);
      for (const key of ['live', 'peak', 'cached', 'tensors']) assert.equal(typeof bytes[key], 'number', key);
      assert.deepEqual(shape, [2, 2]);
    });
  });
});
