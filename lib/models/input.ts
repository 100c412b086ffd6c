/** Placeholders that functional models begin with. */
import { InputLayer, type InputOptions } from '../layers/input-layer.js';
import type { Dim, SymbolicTensor } from '../layers/symbolic.js';
import type { Dims } from '../types/shape.js';

/**
 * A placeholder for data of a shape, the batch left out; null stands for a dimension that is known at run time only.
 * Source: Keras 3, keras.Input.
 *
 * @example
 * const x = input([28, 28, 1]);
 * const y = layers.dense(10).apply(layers.flatten().apply(x));
 * const net = model(x, y);
 */
export function input<const S extends readonly Dim[]>(shape: S, options: InputOptions = {}): SymbolicTensor<Dims<S>> {
  return new InputLayer({ ...options, shape }).output as SymbolicTensor<Dims<S>>;
}
