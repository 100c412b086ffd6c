/** Layers around another layer. */
import { ArgumentError } from '../errors.js';
import { type Config, describe, isSerialized, type Reader, serialize } from '../options/index.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { Layer, type LayerOptions } from './layer.js';
import { fromConfig } from './registry.js';

/** Reads a layer, or its config. */
export const layerReader: Reader<Layer> = (value, where) => {
  if (value instanceof Layer) return value;
  if (isSerialized(value)) return fromConfig(value);
  throw new ArgumentError({ where, expected: 'a layer', received: describe(value), hint: 'for example layers.dense(8)' });
};

/** The base of layers that wrap one other, whose weights are theirs. */
export abstract class Wrapper<F extends ShapeFn = AnyShape> extends Layer<F> {
  readonly layer: Layer;

  constructor(layer: Layer, options: LayerOptions) {
    super(options);
    this.layer = layer;
  }

  protected override get casts(): 'none' {
    return 'none';
  }

  override getConfig(): Config {
    return { ...super.getConfig(), layer: serialize(this.layer) };
  }
}
