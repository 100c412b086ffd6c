/** The `losses` namespace. Each factory gives a loss that `compile` takes, and that can be called on tensors as a function. */
import { ArgumentError } from '../errors.js';
import { describe, isSerialized, Registry, type Serialized } from '../options/index.js';
import { BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy } from './crossentropy.js';
import * as factory from './factories.js';
import { FunctionLoss, Loss, type LossFunction } from './loss.js';
import { Circle } from './circle.js';
import { CTC } from './ctc.js';
import { BinaryFocalCrossentropy, CategoricalFocalCrossentropy, CategoricalGeneralizedCrossEntropy } from './focal.js';
import { CategoricalHinge, Hinge, SquaredHinge } from './hinge.js';
import { Dice, Tversky } from './overlap.js';
import { CosineSimilarity, KLDivergence, Poisson } from './probability.js';
import {
  Huber,
  LogCosh,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
} from './regression.js';

export * from './factories.js';
export { Loss, type LossFunction, type LossOptions, type Reduction } from './loss.js';
export { BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy } from './crossentropy.js';
export type { CrossentropyOptions, SparseCrossentropyOptions } from './crossentropy.js';
export { Circle, type CircleOptions } from './circle.js';
export { CTC } from './ctc.js';
export {
  BinaryFocalCrossentropy,
  CategoricalFocalCrossentropy,
  CategoricalGeneralizedCrossEntropy,
  type BinaryFocalCrossentropyOptions,
  type CategoricalFocalCrossentropyOptions,
  type CategoricalGeneralizedCrossEntropyOptions,
} from './focal.js';
export { CategoricalHinge, Hinge, SquaredHinge } from './hinge.js';
export { Dice, Tversky, type DiceOptions, type TverskyOptions } from './overlap.js';
export { CosineSimilarity, KLDivergence, Poisson, type CosineSimilarityOptions } from './probability.js';
export {
  Huber,
  LogCosh,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  type HuberOptions,
} from './regression.js';

const registry = new Registry<Loss>('a loss');
registry.add('CategoricalCrossentropy', (config) => new CategoricalCrossentropy(config), 'categoricalCrossentropy');
registry.add('SparseCategoricalCrossentropy', (config) => new SparseCategoricalCrossentropy(config), 'sparseCategoricalCrossentropy');
registry.add('BinaryCrossentropy', (config) => new BinaryCrossentropy(config), 'binaryCrossentropy', 'bce');
registry.add('MeanSquaredError', (config) => new MeanSquaredError(config), 'meanSquaredError', 'mse');
registry.add('MeanAbsoluteError', (config) => new MeanAbsoluteError(config), 'meanAbsoluteError', 'mae');
registry.add('MeanAbsolutePercentageError', (config) => new MeanAbsolutePercentageError(config), 'meanAbsolutePercentageError', 'mape');
registry.add('MeanSquaredLogarithmicError', (config) => new MeanSquaredLogarithmicError(config), 'meanSquaredLogarithmicError', 'msle');
registry.add('Huber', (config) => new Huber(config), 'huber');
registry.add('LogCosh', (config) => new LogCosh(config), 'logCosh', 'logcosh');
registry.add('Hinge', (config) => new Hinge(config), 'hinge');
registry.add('SquaredHinge', (config) => new SquaredHinge(config), 'squaredHinge');
registry.add('CategoricalHinge', (config) => new CategoricalHinge(config), 'categoricalHinge');
registry.add('KLDivergence', (config) => new KLDivergence(config), 'klDivergence', 'kld', 'kullbackLeiblerDivergence');
registry.add('Poisson', (config) => new Poisson(config), 'poisson');
registry.add('CosineSimilarity', (config) => new CosineSimilarity(config), 'cosineSimilarity');
registry.add('BinaryFocalCrossentropy', (config) => new BinaryFocalCrossentropy(config), 'binaryFocalCrossentropy');
registry.add('CategoricalFocalCrossentropy', (config) => new CategoricalFocalCrossentropy(config), 'categoricalFocalCrossentropy');
registry.add(
  'CategoricalGeneralizedCrossEntropy',
  (config) => new CategoricalGeneralizedCrossEntropy(config),
  'categoricalGeneralizedCrossEntropy',
);
registry.add('Dice', (config) => new Dice(config), 'dice');
registry.add('Tversky', (config) => new Tversky(config), 'tversky');
registry.add('Circle', (config) => new Circle(config), 'circle');
registry.add('CTC', (config) => new CTC(config), 'ctc');

/** The factories, which may stand for their loss with its defaults. */
const factories = new Map<unknown, LossName>(Object.entries(factory).map(([name, make]) => [make, name as LossName]));

/** Names that `compile` takes. */
export type LossName =
  | 'categoricalCrossentropy'
  | 'sparseCategoricalCrossentropy'
  | 'binaryCrossentropy'
  | 'bce'
  | 'meanSquaredError'
  | 'mse'
  | 'meanAbsoluteError'
  | 'mae'
  | 'meanAbsolutePercentageError'
  | 'mape'
  | 'meanSquaredLogarithmicError'
  | 'msle'
  | 'huber'
  | 'logCosh'
  | 'logcosh'
  | 'hinge'
  | 'squaredHinge'
  | 'categoricalHinge'
  | 'klDivergence'
  | 'kld'
  | 'kullbackLeiblerDivergence'
  | 'poisson'
  | 'cosineSimilarity'
  | 'binaryFocalCrossentropy'
  | 'categoricalFocalCrossentropy'
  | 'categoricalGeneralizedCrossEntropy'
  | 'dice'
  | 'tversky'
  | 'circle'
  | 'ctc';

/** What stands for a loss: its name, an object, a factory of this namespace, a config, or a function of labels and predictions. */
export type LossIdentifier = LossName | Loss | LossFunction | ((options?: never) => Loss) | Serialized;

/**
 * The loss that an identifier stands for.
 *
 * @example
 * losses.get('mse');
 */
export function get(identifier: LossIdentifier): Loss {
  if (identifier instanceof Loss) return identifier;
  const named = factories.get(identifier);
  if (named) return registry.named(named, 'loss');
  if (typeof identifier === 'function') return new FunctionLoss(identifier as LossFunction);
  if (typeof identifier === 'string') return registry.named(identifier, 'loss');
  if (isSerialized(identifier)) return registry.made(identifier, 'loss');
  throw new ArgumentError({
    where: 'loss',
    expected: `a loss, a function or one of the names ${registry.names.join(', ')}`,
    received: describe(identifier),
    hint: "for example 'categoricalCrossentropy'",
  });
}

export { get as deserialize };
export { serialize } from '../options/index.js';
