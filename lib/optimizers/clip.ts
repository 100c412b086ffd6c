/** Keeping gradients small. */
import * as ops from '../ops/index.js';
import type { Tensor } from '../tensor/tensor.js';

/** The gradients, scaled down or cut where they are too large. */
export function clipped(
  gradients: readonly Tensor[],
  bounds: { clipnorm: number | null; clipvalue: number | null; globalClipnorm: number | null },
): readonly Tensor[] {
  const { clipnorm, clipvalue, globalClipnorm } = bounds;
  if (clipvalue !== null) return gradients.map((gradient) => ops.clip(gradient, -clipvalue, clipvalue));
  if (clipnorm !== null) {
    return gradients.map((gradient) => {
      const norm = ops.sqrt(ops.sum(ops.square(gradient)));
      return ops.div(ops.mul(gradient, clipnorm), ops.maximum(norm, clipnorm));
    });
  }
  if (globalClipnorm !== null) {
    const squares = gradients.map((gradient) => ops.cast(ops.sum(ops.square(gradient)), gradients[0]!.dtype));
    const norm = ops.sqrt(squares.reduce((a, b) => ops.add(a, b)));
    const scale = ops.div(globalClipnorm, ops.maximum(norm, globalClipnorm));
    return gradients.map((gradient) => ops.mul(gradient, ops.cast(scale, gradient.dtype)));
  }
  return gradients;
}
