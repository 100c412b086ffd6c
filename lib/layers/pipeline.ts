/** Preprocessing layers one after the other. */
import { ArgumentError } from '../errors.js';
import { type Config, describe, isSerialized, type Reader, readOptions, serialize } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { type CallOptions, common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { fromConfig, registerLayer } from './registry.js';
import type { Shapes } from './symbolic.js';

/** Options of `layers.pipeline`. */
export interface PipelineOptions extends LayerOptions {
  layers: readonly Layer[];
}

const layerList: Reader<readonly Layer[]> = (value, where) => {
  const list = Array.isArray(value) ? value.map((one) => (isSerialized(one) ? fromConfig(one) : (one as unknown))) : [];
  if (list.length > 0 && list.every((one) => one instanceof Layer)) return list;
  throw new ArgumentError({ where, expected: 'a list of layers', received: describe(value), hint: 'for example [layers.randomFlip()]' });
};

/** Several layers as one. */
export class Pipeline extends Layer {
  readonly layers: readonly Layer[];

  constructor(options: PipelineOptions) {
    const read = readOptions('pipeline', options, { ...layerReaders, layers: layerList });
    super(common(read));
    this.layers = read.layers;
  }

  override get className(): string {
    return 'Pipeline';
  }

  override build(inputShape: Shapes): void {
    let shape = inputShape;
    for (const layer of this.layers) {
      if (!layer.built) layer.build(shape);
      shape = layer.computeOutputShape(shape);
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): Shapes {
    return this.layers.reduce((shape, layer) => layer.computeOutputShape(shape), inputShape);
  }

  override call(x: Tensor, { training }: CallOptions): Tensor {
    return this.layers.reduce<Tensor>((y, layer) => layer.apply(y as never, { training }), x);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), layers: this.layers.map((layer) => serialize(layer)) };
  }
}

registerLayer('Pipeline', Pipeline);

/**
 * Layers one after the other as a single one: random changes of images, say, that are used by several models. Source: Keras 3,
 * keras.layers.Pipeline.
 *
 * @example
 * const augment = layers.pipeline([layers.randomFlip('horizontal'), layers.randomRotation(0.05)]);
 */
export function pipeline(list: readonly Layer[], options?: LayerOptions): Pipeline {
  return new Pipeline({ ...options, layers: list });
}
