/** The learned factor and offset that normalisation layers share: gamma and beta. */
import { constraint, type ConstraintLike } from '../constraints/index.js';
import { initializer, type InitializerLike } from '../initializers/index.js';
import { type Config, flag, nullable, optional, type Read } from '../options/index.js';
import { regularizer, type RegularizerLike } from '../regularizers/index.js';
import { named, serialized } from './kernel-options.js';
import type { WeightOptions } from './weight.js';

export interface ScaleOptions {
  /** What is added to the variance; 0.001. */
  epsilon?: number;
  /** Whether there is a learned offset, beta. */
  center?: boolean;
  /** Whether there is a learned factor, gamma. */
  scale?: boolean;
  betaInitializer?: InitializerLike;
  gammaInitializer?: InitializerLike;
  betaRegularizer?: RegularizerLike | null;
  gammaRegularizer?: RegularizerLike | null;
  betaConstraint?: ConstraintLike | null;
  gammaConstraint?: ConstraintLike | null;
}

export const scaleReaders = {
  center: optional(flag, true),
  scale: optional(flag, true),
  betaInitializer: optional(initializer, named(initializer, 'zeros')),
  gammaInitializer: optional(initializer, named(initializer, 'ones')),
  betaRegularizer: nullable(regularizer),
  gammaRegularizer: nullable(regularizer),
  betaConstraint: nullable(constraint),
  gammaConstraint: nullable(constraint),
};

type Settings = Read<typeof scaleReaders>;

/** What `addWeight` takes for gamma, where there is one. */
export function gammaWeight(settings: Settings, shape: readonly number[]): WeightOptions | undefined {
  const { scale, gammaInitializer, gammaRegularizer, gammaConstraint } = settings;
  return scale
    ? { name: 'gamma', shape, initializer: gammaInitializer, regularizer: gammaRegularizer, constraint: gammaConstraint }
    : undefined;
}

/** What `addWeight` takes for beta, where there is one. */
export function betaWeight(settings: Settings, shape: readonly number[]): WeightOptions | undefined {
  const { center, betaInitializer, betaRegularizer, betaConstraint } = settings;
  return center
    ? { name: 'beta', shape, initializer: betaInitializer, regularizer: betaRegularizer, constraint: betaConstraint }
    : undefined;
}

export function scaleConfig(settings: Settings): Config {
  return {
    center: settings.center,
    scale: settings.scale,
    betaInitializer: serialized(settings.betaInitializer),
    gammaInitializer: serialized(settings.gammaInitializer),
    betaRegularizer: serialized(settings.betaRegularizer),
    gammaRegularizer: serialized(settings.gammaRegularizer),
    betaConstraint: serialized(settings.betaConstraint),
    gammaConstraint: serialized(settings.gammaConstraint),
  };
}
