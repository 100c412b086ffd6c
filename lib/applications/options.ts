/** Options that all applications share, and what they all do at the end. */
import { ArgumentError } from '../errors.js';
import { globalAveragePooling2d, globalMaxPooling2d } from '../layers/index.js';
import { imageDataFormat } from '../layers/defaults.js';
import type { Layer } from '../layers/layer.js';
import type { SymbolicTensor } from '../layers/symbolic.js';
import { model } from '../models/functional.js';
import type { Model } from '../models/model.js';
import { describe, flag, nullable, oneOf, optional, type Reader, readOptions, shape, text, whole } from '../options/index.js';

export interface ApplicationOptions {
  /** Whether the layers that classify are there; true. Without them any image size will do, and `pooling` may reduce what is left. */
  includeTop?: boolean;
  /** A file that `loadWeights` reads, and then the factory gives a promise; null for random weights (the default). Nothing is downloaded. */
  weights?: string | null;
  /** [height, width, channels]; [224, 224, 3] where it is not given and the top is included. */
  inputShape?: readonly (number | null)[] | null;
  /** Without the top: 'avg' or 'max' over the image, or null for the whole last answer (the default). */
  pooling?: 'avg' | 'max' | null;
  /** 1000 where it is not given. */
  classes?: number;
  /** 'softmax' where it is not given; null for logits. */
  classifierActivation?: 'softmax' | 'sigmoid' | 'linear' | null;
  name?: string;
}

export interface ReadApplication {
  includeTop: boolean;
  weights: string | null;
  inputShape: (number | null)[];
  pooling: 'avg' | 'max' | null;
  classes: number;
  classifierActivation: 'softmax' | 'sigmoid' | 'linear';
  name: string;
}

const weightsFile: Reader<string> = (value, where) => {
  const file = text(value, where);
  if (file !== 'imagenet') return file;
  throw new ArgumentError({
    where,
    expected: 'a file of weights',
    received: "'imagenet'",
    hint: "nothing is downloaded: have Python's Keras write model.save_weights('name.weights.h5') and give that file",
  });
};

/** Reads the options; `smallest` is the least height and width without the top. */
export function readApplication(where: string, options: ApplicationOptions, name: string, smallest = 32): ReadApplication {
  const read = readOptions(where, options, {
    includeTop: optional(flag, true),
    weights: nullable(weightsFile),
    inputShape: nullable(shape),
    pooling: nullable(oneOf('avg', 'max')),
    classes: optional(whole(), 1000),
    classifierActivation: (value: unknown, at: string) =>
      value === null ? 'linear' : optional(oneOf('softmax', 'sigmoid', 'linear'), 'softmax')(value, at),
    name: optional(text, name),
  });
  const first = imageDataFormat() === 'channelsFirst';
  const standard = first ? [3, 224, 224] : [224, 224, 3];
  const inputShape = [...(read.inputShape ?? (read.includeTop ? standard : first ? [3, null, null] : [null, null, 3]))];
  const sides = first ? inputShape.slice(1) : inputShape.slice(0, 2);
  if (inputShape.length !== 3 || sides.some((side) => side !== null && side < smallest)) {
    throw new ArgumentError({
      where: `${where} inputShape`,
      expected: `[height, width, channels], height and width at least ${smallest}`,
      received: describe(inputShape),
    });
  }
  if (read.includeTop && sides.includes(null)) {
    throw new ArgumentError({
      where: `${where} inputShape`,
      expected: 'a known height and width, which the dense layers need',
      received: describe(inputShape),
      hint: 'or say includeTop: false',
    });
  }
  return { ...read, inputShape };
}

/** Applies a layer whose shape the compiler need not follow: a whole network of them would be slow to check. */
export function call(layer: unknown, x: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor {
  return (layer as Layer).apply(x as never);
}

/** Without the top: the pooling that was asked for. */
export function pooled(x: SymbolicTensor, pooling: 'avg' | 'max' | null): SymbolicTensor {
  if (pooling === null) return x;
  const layer = pooling === 'avg' ? globalAveragePooling2d() : globalMaxPooling2d();
  return layer.apply(x as never);
}

/** The model from its ends, or a promise of it where weights are read from a file. */
export function finished(input: SymbolicTensor, output: SymbolicTensor, { name, weights }: ReadApplication): Model | Promise<Model> {
  const made = model(input as never, output as never, { name }) as unknown as Model;
  if (weights === null) return made;
  return made.loadWeights(weights).then(
    () => made,
    (error: unknown) => {
      made.dispose();
      throw error;
    },
  );
}

/** A factory as users see it: with a file of weights it gives a promise. */
export interface Application<Options extends ApplicationOptions = ApplicationOptions> {
  (options?: Options & { weights?: null }): Model;
  (options: Options & { weights: string }): Promise<Model>;
}
