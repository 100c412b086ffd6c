/** What layers share that mix samples of a batch with one another: they take images, or images and their labels, which they mix alike. */
import { ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type DType, isFloat } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { imagesAndLabels } from '../types/messages.js';
import type { CallOptions } from './layer.js';
import { RandomImage } from './random-image.js';
import { type BatchShape, isShapeList, type Shapes, withoutBatch } from './symbolic.js';
import { gridOf } from './window.js';

/** How much of each sample stays, [batch], and what becomes of images; labels are mixed by the shares. */
export interface Mixture {
  images: Tensor;
  /** Of each sample's own label. */
  share: Tensor;
  /** The sample that each one is mixed with. */
  order: Tensor;
}

/** Samples that training sees mixed with others of their batch; inference sees them as they are. */
export abstract class MixedImages<F extends ShapeFn = AnyShape> extends RandomImage<F> {
  protected override get takes(): 'either' {
    return 'either';
  }

  /** Labels are looked at before they are cast. */
  protected override get casts(): 'none' {
    return 'none';
  }

  protected override outputDType(): DType {
    return this.dtype;
  }

  override computeOutputShape(inputShape: Shapes): BatchShape;
  override computeOutputShape(inputShape: Shapes): Shapes {
    if (!isShapeList(inputShape)) return super.computeOutputShape(inputShape);
    const [images, labels] = inputShape;
    if (inputShape.length !== 2) throw new ShapeError(imagesAndLabels(this.kind, inputShape.length));
    gridOf(this.kind, images!, this.dataFormat, 2);
    if (labels!.length < 2) this.refuseLabels(withoutBatch(labels!));
    return inputShape;
  }

  private refuseLabels(shape: BatchShape, dtype = ''): never {
    throw new ShapeError({
      where: this.kind,
      expected: 'labels that can be mixed, such as a probability of each class',
      received: `${dtype}[${shape.map((dim) => dim ?? '?').join(', ')}] a sample`,
      hint: 'make class numbers into rows with ops.oneHot or utils.toCategorical',
    });
  }

  /** Draws partners and mixes the images. */
  protected abstract mix(x: Tensor): Mixture;

  protected override augment(x: Tensor): Tensor {
    return this.mix(x).images;
  }

  /** Some other order of the batch, and the samples in it. */
  protected partners(x: Tensor): { order: Tensor; others: Tensor } {
    const order = ops.random.permutation(x.shape[0]!, this.source);
    return { order, others: ops.take(x, order, 0) };
  }

  override call(inputs: Tensor | readonly Tensor[], options: CallOptions): Tensor;
  override call(inputs: Tensor | readonly Tensor[], { training = false }: CallOptions): Tensor | readonly Tensor[] {
    if (inputs instanceof Tensor) return super.call(ops.cast(inputs, this.dtype), { training });
    const [images, labels] = inputs as readonly [Tensor, Tensor];
    const shape = labels.shape.slice(1);
    if (!isFloat(labels.dtype) && shape.at(-1) === 1) this.refuseLabels(shape, `${labels.dtype} `);
    const [x, y] = [ops.cast(images, this.dtype), ops.cast(labels, this.dtype)];
    if (!training) return [x, y];
    const mixture = this.mix(x);
    const share = ops.reshape(mixture.share, [x.shape[0]!, ...shape.map(() => 1)]);
    return [mixture.images, blend(y, ops.take(y, mixture.order, 0), share)];
  }
}

/** A share of the one and the rest of the other. */
export function blend(own: Tensor, other: Tensor, share: Tensor): Tensor {
  return ops.add(ops.multiply(own, share), ops.multiply(other, ops.subtract(1, share)));
}
