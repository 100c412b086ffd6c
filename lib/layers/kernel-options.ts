/** Options that dense and convolution layers share: an activation, a kernel and a bias with all that may be said about them. */
import { type Activation, activation, type ActivationLike } from '../activations/index.js';
import { constraint, type ConstraintLike } from '../constraints/index.js';
import { ArgumentError } from '../errors.js';
import { initializer, type InitializerLike } from '../initializers/index.js';
import {
  type Config,
  type Configured,
  type ConfigValue,
  describe,
  flag,
  nullable,
  optional,
  type Read,
  type Reader,
  serialize,
} from '../options/index.js';
import { regularizer, type RegularizerLike } from '../regularizers/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { WeightOptions } from './weight.js';

/** A default by name, made anew for every layer. */
export function named<T>(reader: Reader<T>, name: string): () => T {
  return () => reader(name, name);
}

/** An object as a config has it, or null. */
export function serialized(object: Configured | null): ConfigValue {
  return object && serialize(object);
}

/** A first argument that stands for one option, and the others; or all options in one object. */
export function shortForm<O>(first: unknown, key: keyof O, rest?: object): O {
  if (typeof first === 'object' && first !== null && !Array.isArray(first)) return first as O;
  return { ...rest, [key]: first } as O;
}

/** One axis, counting the batch as 0. */
export const axisReader: Reader<number> = (value, where) => {
  if (Number.isSafeInteger(value)) return value as number;
  throw new ArgumentError({
    where,
    expected: 'a whole number',
    received: describe(value),
    hint: 'axes count from 0, the batch, or from -1, the last',
  });
};

export interface BiasOptions {
  /** A name, or a function; 'linear', which is none. */
  activation?: ActivationLike | null;
  useBias?: boolean;
  biasInitializer?: InitializerLike;
  biasRegularizer?: RegularizerLike | null;
  biasConstraint?: ConstraintLike | null;
}

export interface KernelOptions extends BiasOptions {
  kernelInitializer?: InitializerLike;
  kernelRegularizer?: RegularizerLike | null;
  kernelConstraint?: ConstraintLike | null;
}

export const biasReaders = {
  activation,
  useBias: optional(flag, true),
  biasInitializer: optional(initializer, named(initializer, 'zeros')),
  biasRegularizer: nullable(regularizer),
  biasConstraint: nullable(constraint),
};

export const kernelReaders = {
  ...biasReaders,
  kernelInitializer: optional(initializer, named(initializer, 'glorotUniform')),
  kernelRegularizer: nullable(regularizer),
  kernelConstraint: nullable(constraint),
};

type PartOptions<P extends 'kernel' | 'bias'> = Pick<Read<typeof kernelReaders>, `${P}Initializer` | `${P}Regularizer` | `${P}Constraint`>;

/** The kernel as `addWeight` takes it. */
export function kernelWeight(options: PartOptions<'kernel'>, shape: readonly number[], layout?: readonly number[]): WeightOptions {
  const { kernelInitializer: initializer, kernelRegularizer: regularizer, kernelConstraint: constraint } = options;
  return { name: 'kernel', shape, ...(layout && { layout }), initializer, regularizer, constraint };
}

/** The bias as `addWeight` takes it. */
export function biasWeight(options: PartOptions<'bias'>, shape: readonly number[]): WeightOptions {
  const { biasInitializer: initializer, biasRegularizer: regularizer, biasConstraint: constraint } = options;
  return { name: 'bias', shape, initializer, regularizer, constraint };
}

/** A result under an activation; a relu is left to `run`, as a part of the op's one pass. */
export function activated(activation: Activation, run: (fused: { activation?: 'relu' }) => Tensor): Tensor {
  return activation.name === 'relu' ? run({ activation: 'relu' }) : activation.call(run({}));
}

export function biasConfig(options: Read<typeof biasReaders>): Config {
  return {
    activation: options.activation.config,
    useBias: options.useBias,
    biasInitializer: serialized(options.biasInitializer),
    biasRegularizer: serialized(options.biasRegularizer),
    biasConstraint: serialized(options.biasConstraint),
  };
}

export function kernelConfig(options: Read<typeof kernelReaders>): Config {
  return {
    ...biasConfig(options),
    kernelInitializer: serialized(options.kernelInitializer),
    kernelRegularizer: serialized(options.kernelRegularizer),
    kernelConstraint: serialized(options.kernelConstraint),
  };
}
