/** What a kind of file that models or their weights are kept in must do. `formats.ts` has the list of all. */
import type { Transfer, TransferOptions } from '../io/transfer.js';
import type { Layer } from '../layers/layer.js';
import type { Model } from '../models/model.js';
import type { Config } from '../options/index.js';

/** Options of `model.save`. */
export interface SaveOptions extends TransferOptions {
  /** Whether a file of that name may be replaced; true. */
  overwrite?: boolean;
  /** Whether the optimizer's state and the options of `compile` are kept; true. */
  includeOptimizer?: boolean;
}

/** A class of layers, a metric, an optimizer and the like, or a function, for a name that a file has. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type CustomObject = (abstract new (...args: any) => unknown) | ((...args: any) => unknown);

/** What names in a file stand for: those of classes and functions, and of `Lambda` layers. */
export type CustomObjects = Readonly<Record<string, CustomObject | Layer | Config>>;

/** Options of `loadModel`. */
export interface LoadOptions extends TransferOptions {
  /** Classes and functions that are not the library's, by the names that the file has for them. */
  customObjects?: CustomObjects;
  /** Whether the model is compiled as it was when it was saved, the optimizer's state included; true. */
  compile?: boolean;
}

/** Options of `model.export`. */
export interface ExportOptions extends TransferOptions {
  /** What is written: ONNX, the only one there is. */
  format?: 'onnx';
  /** The set of operators, 17 to 21; 17, which the most readers know. */
  opset?: number;
}

/** Options of `model.saveWeights`. */
export interface SaveWeightsOptions extends TransferOptions {
  /** Whether a file of that name may be replaced; true. */
  overwrite?: boolean;
}

/** Options of `model.loadWeights`. Weights that were set before a signal ended it stay set. */
export interface LoadWeightsOptions extends TransferOptions {
  /** Takes the weights of layers of the same name only, whatever else the file and the model have; false: all, by name or by order. */
  byName?: boolean;
  /** Leaves layers as they are whose weights have other shapes or another number; false: a FormatError. */
  skipMismatch?: boolean;
}

/** A kind of file that holds whole models. What takes a `Transfer` tells it what is coming and how far it is, and stops where it says so. */
export interface ModelFormat {
  readonly name: string;
  /** Endings as errors list them, for example `.keras`. */
  readonly endings: readonly string[];
  /** Whether a path means this kind. */
  matches(path: string): boolean;
  /** Whether a file that begins with these bytes is of this kind: asked where the path says nothing. */
  recognizes?(head: Uint8Array): boolean;
  save?: (model: Model, path: string, options: SaveOptions, transfer: Transfer) => Promise<void>;
  load?: (path: string, options: LoadOptions, transfer: Transfer) => Promise<Model>;
}

/** A kind of file that holds weights. */
export interface WeightsFormat {
  readonly name: string;
  readonly endings: readonly string[];
  matches(path: string): boolean;
  /** Not there where weights are read only: files of whole models. */
  save?: (model: Model, path: string, options: SaveWeightsOptions, transfer: Transfer) => Promise<void>;
  load(model: Model, path: string, options: LoadWeightsOptions, transfer: Transfer): Promise<void>;
}

/** Whether a path ends in one of these, whatever the case. */
export function endsIn(...endings: readonly string[]): (path: string) => boolean {
  return (path) => endings.some((ending) => path.toLowerCase().endsWith(ending));
}
