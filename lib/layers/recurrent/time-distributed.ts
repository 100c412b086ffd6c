/** One layer for every step of a sequence. */
import { ShapeError } from '../../errors.js';
import * as ops from '../../ops/index.js';
import { readOptions } from '../../options/index.js';
import type { DType } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type CallOptions, common, type Layer, type LayerOptions, layerReaders } from '../layer.js';
import { registerLayer } from '../registry.js';
import { type BatchShape, isShapeList, type Shapes, withoutBatch } from '../symbolic.js';
import { layerReader, Wrapper } from '../wrapper.js';

/** Options of `layers.timeDistributed`. */
export interface TimeDistributedOptions extends LayerOptions {
  layer: Layer;
}

const readers = { ...layerReaders, layer: layerReader };

/** Applies a layer to every step: all steps of all samples are one batch to it. */
export class TimeDistributed extends Wrapper {
  constructor(options: TimeDistributedOptions) {
    const read = readOptions('timeDistributed', options, readers);
    super(read.layer, common(read));
  }

  override get className(): string {
    return 'TimeDistributed';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  private stepShape(shape: BatchShape): BatchShape {
    if (shape.length >= 3) return [null, ...shape.slice(2)];
    throw new ShapeError({
      where: this.kind,
      expected: '[steps, ...]',
      received: `[${withoutBatch(shape)
        .map((dim) => dim ?? '?')
        .join(', ')}]`,
      hint: 'give it sequences',
    });
  }

  override build(inputShape: Shapes): void {
    const shape = this.stepShape(inputShape as BatchShape);
    if (!this.layer.built) {
      this.layer.build(shape);
      this.layer.built = true;
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shape = inputShape as BatchShape;
    const inner = this.layer.computeOutputShape(this.stepShape(shape));
    if (isShapeList(inner)) {
      throw new ShapeError({ where: this.kind, expected: 'a layer with one output', received: `${this.layer.name} with ${inner.length}` });
    }
    return [shape[0]!, shape[1]!, ...inner.slice(1)];
  }

  protected override outputDType(): DType {
    return this.layer.dtype;
  }

  override call(x: Tensor, { training = false, mask }: CallOptions): Tensor {
    const [batch, steps, ...rest] = x.shape as [number, number, ...number[]];
    const own = mask as Tensor | undefined;
    const inner = own && own.rank > 2 ? ops.reshape<readonly number[]>(own, [batch * steps, ...own.shape.slice(2)]) : undefined;
    const all = ops.reshape<readonly number[]>(x, [batch * steps, ...rest]) as Tensor;
    const y = this.layer.apply(all as never, { training, ...(inner && { mask: inner }) }) as Tensor;
    return ops.reshape<readonly number[]>(y, [batch, steps, ...y.shape.slice(1)]);
  }
}

registerLayer('TimeDistributed', TimeDistributed);

/**
 * Applies a layer to every step of a sequence, with the same weights. Source: Keras 3, keras.layers.TimeDistributed.
 *
 * Shapes: [batch, steps, ...] to [batch, steps, ...], each step as the layer makes it.
 *
 * @example
 * sequential([10, 32, 32, 3]).add(layers.timeDistributed(layers.conv2d(8, 3)));
 */
export function timeDistributed(layer: Layer, options?: Omit<TimeDistributedOptions, 'layer'>): TimeDistributed;
export function timeDistributed(options: TimeDistributedOptions): TimeDistributed;
export function timeDistributed(layer: Layer | TimeDistributedOptions, options?: object): TimeDistributed {
  return new TimeDistributed('apply' in layer ? { ...options, layer } : layer);
}
