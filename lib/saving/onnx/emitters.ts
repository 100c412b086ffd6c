/** Which function writes which class of layers: each file of `emit` adds its own. */
import type { CallFlags, Layer } from '../../layers/layer.js';
import type { BatchShape } from '../../layers/symbolic.js';
import type { Weight } from '../../layers/weight.js';
import type { Config } from '../../options/index.js';
import type { Scope } from './scope.js';
import type { Value } from './value.js';

/** One call of a layer. */
export interface LayerCall {
  readonly layer: Layer;
  /** The layer's options. */
  readonly config: Config;
  readonly inputs: readonly Value[];
  /** Shapes of the outputs, by the layer's own rule. */
  readonly shapes: readonly BatchShape[];
  readonly flags: CallFlags;
  /** The layer's weight of a name, where it has one. */
  readonly weight: (name: string) => Weight | undefined;
  /** Writes a layer within this one. */
  readonly inner: (layer: Layer, inputs: readonly Value[], flags?: CallFlags) => Value[];
}

export type Emitter = (g: Scope, call: LayerCall) => Value | readonly Value[];

/** Emitters by the names of classes. */
export type Emitters = Readonly<Record<string, Emitter>>;
