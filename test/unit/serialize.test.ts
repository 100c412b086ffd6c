/** `serialize` and `deserialize` of every namespace: whatever a factory makes comes back from plain JSON with the same config. */
import assert from 'node:assert/strict';
import { constraints, initializers, losses, metrics, optimizers, regularizers, schedules } from '../../lib/index.js';
import { Registry, type Configured, type Serialized } from '../../lib/options/index.js';

const decay = { initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.9 };
const classes = { numClasses: 3, targetClassIds: [0, 2] };

/** Factories whose first option has no default; some others with options that are not the default. */
const given: Readonly<Record<string, unknown>> = {
  exponentialDecay: { ...decay, staircase: true },
  inverseTimeDecay: decay,
  piecewiseConstantDecay: { boundaries: [1, 2], values: [1, 0.5, 0.1] },
  polynomialDecay: { initialLearningRate: 0.1, decaySteps: 10, power: 2 },
  cosineDecay: { initialLearningRate: 0.1, decaySteps: 10, warmupTarget: 0.2, warmupSteps: 3 },
  cosineDecayRestarts: { initialLearningRate: 0.1, firstDecaySteps: 10 },
  lossScaleOptimizer: { innerOptimizer: optimizers.adam({ learningRate: 0.3 }), initialScale: 8 },
  multiOptimizer: { optimizerMap: { defaultOptimizer: optimizers.adam(), optimizerMap: { 'a.*': optimizers.sgd({ momentum: 0.5 }) } } },
  adam: { learningRate: schedules.cosineDecay({ initialLearningRate: 0.1, decaySteps: 10 }), useEma: true, clipnorm: 2 },
  sensitivityAtSpecificity: { specificity: 0.5 },
  specificityAtSensitivity: { sensitivity: 0.5 },
  precisionAtRecall: { recall: 0.5 },
  recallAtPrecision: { precision: 0.5 },
  ioU: classes,
  oneHotIoU: classes,
  meanIoU: { numClasses: 3 },
  oneHotMeanIoU: { numClasses: 3 },
  huber: { delta: 2, name: 'mine' },
  topKCategoricalAccuracy: { k: 3 },
  heNormal: { seed: 7 },
  maxNorm: { maxValue: 3, axis: 1 },
};

interface Namespace {
  serialize: (object: Configured) => Serialized;
  deserialize: (serialized: Serialized) => Configured;
}

const namespaces = { constraints, initializers, losses, metrics, optimizers, regularizers, schedules };
/** What gives none of the things itself. */
const others = new Set(['get', 'check', 'serialize', 'deserialize', 'initializer', 'regularizer', 'constraint']);

describe('serialize and deserialize', () => {
  for (const [title, space] of Object.entries(namespaces)) {
    const { serialize, deserialize } = space as unknown as Namespace;
    const factories = Object.entries(space).filter(
      ([name, value]) => typeof value === 'function' && /^[a-z]/.test(name) && !others.has(name) && !(value instanceof Registry),
    );

    it(`${title}: every factory`, () => {
      assert.ok(factories.length > 3);
      for (const [name, factory] of factories) {
        const made = (factory as (options?: unknown) => Configured)(given[name]);
        // accuracy stands for one of three, which shapes decide
        if (typeof made.getConfig !== 'function') assert.fail(`${title}.${name} has no getConfig`);
        const plain = JSON.parse(JSON.stringify(serialize(made))) as Serialized;
        const again = deserialize(plain);
        assert.deepEqual(JSON.parse(JSON.stringify(serialize(again))), plain, name);
        assert.equal(again.className, made.className);
        for (const one of [made, again] as Partial<{ dispose(): void }>[]) one.dispose?.();
      }
    });

    it(`${title}: refuses what it does not know`, () => {
      assert.throws(() => deserialize('Nothing' as never), /^ArgumentError: .*expected .*, got 'Nothing'/);
      assert.throws(() => deserialize({ className: 'Nothing', config: {} }), /^ArgumentError: .*expected an? \w+ .*, got 'Nothing'/);
    });
  }
});
