/** Convolutions. ONNX has filters [out, in, sides...] and images with the channels first. */
import type { BatchShape } from '../../../layers/symbolic.js';
import type { Weight } from '../../../layers/weight.js';
import * as ops from '../../../ops/index.js';
import { transposedPads, transposedSize } from '../../../ops/conv2d.js';
import { windows } from '../../../ops/window.js';
import type { Attributes } from '../graph.js';
import type { Emitter, Emitters, LayerCall } from '../emitters.js';
import type { Scope, Tensor } from '../scope.js';
import type { Value } from '../value.js';
import { activated } from './activation.js';

type Padding = 'valid' | 'same' | 'causal';

/** The sides of an image, whatever the data format. */
export function sidesOf(shape: BatchShape, format: unknown): readonly (number | null)[] {
  return format === 'channelsFirst' ? shape.slice(2) : shape.slice(1, -1);
}

/** The operand with its channels first. */
export function imageOf(g: Scope, x: Value, format: unknown): string {
  return format === 'channelsFirst' ? g.plain(x) : g.first(x);
}

/** A result with its channels first. */
export function imageValue(g: Scope, name: string, shape: BatchShape, format: unknown): Value {
  return format === 'channelsFirst' ? g.value(name, shape) : g.valueFirst(name, shape);
}

/** How a window is padded: by numbers where the sides are known, else as the operator itself works it out. */
export function padsOf(
  sides: readonly (number | null)[],
  size: readonly number[],
  strides: readonly number[],
  dilation: readonly number[],
  padding: Padding,
): Attributes {
  if (padding === 'valid') return {};
  const extent = size.map((one, i) => (one - 1) * dilation[i]! + 1);
  if (padding === 'causal') return { pads: [extent[0]! - 1, 0] };
  if (sides.includes(null)) return { auto_pad: 'SAME_UPPER' };
  const lines = sides.map((side, i) => windows(side!, extent[i]!, strides[i]!, 'same'));
  return { pads: [...lines.map((line) => line.before), ...lines.map((line) => line.after)] };
}

function convolve(g: Scope, call: LayerCall, x: Value, filters: string, size: readonly number[], groups: number, bias?: Weight): string {
  const { dataFormat, strides, dilationRate, padding } = call.config as {
    dataFormat: string;
    strides: readonly number[];
    dilationRate: readonly number[];
    padding: Padding;
  };
  return g.op('Conv', [imageOf(g, x, dataFormat), filters, ...(bias ? [g.weight(bias)] : [])], {
    kernel_shape: size,
    strides,
    dilations: dilationRate,
    group: groups,
    ...padsOf(sidesOf(x.shape, dataFormat), size, strides, dilationRate, padding),
  });
}

/** From Keras' [sides..., in, out] to [out, in, sides...]. */
function filtersOf(g: Scope, kernel: Weight): string {
  const rank = kernel.kerasShape.length;
  const order = [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, i) => i)];
  return g.weight(kernel, { shape: order.map((axis) => kernel.kerasShape[axis]!), to: (keras) => ops.transpose(keras, order) });
}

const conv: Emitter = (g, call) => {
  const { config, inputs, shapes, weight } = call;
  const size = config['kernelSize'] as readonly number[];
  const y = convolve(g, call, inputs[0]!, filtersOf(g, weight('kernel')!), size, config['groups'] as number, weight('bias'));
  return activated(g, imageValue(g, y, shapes[0]!, config['dataFormat']), config['activation']);
};

/** One filter a channel, or several. */
function channelwise(g: Scope, call: LayerCall, kernel: Weight, bias?: Weight): string {
  const size = call.config['kernelSize'] as readonly number[];
  const [channels, multiplier] = kernel.kerasShape.slice(-2) as [number, number];
  const shape = [channels * multiplier, 1, ...size];
  const order = [size.length, size.length + 1, ...size.map((_, i) => i)];
  const to = (keras: Tensor): Tensor => ops.reshape<readonly number[]>(ops.transpose(keras, order), shape);
  return convolve(g, call, call.inputs[0]!, g.weight(kernel, { shape, to }), size, channels, bias);
}

const depthwise: Emitter = (g, call) => {
  const y = channelwise(g, call, call.weight('kernel')!, call.weight('bias'));
  return activated(g, imageValue(g, y, call.shapes[0]!, call.config['dataFormat']), call.config['activation']);
};

const separable: Emitter = (g, call) => {
  const { config, shapes, weight } = call;
  const between = channelwise(g, call, weight('depthwise_kernel')!);
  const bias = weight('bias');
  const y = g.op('Conv', [between, filtersOf(g, weight('pointwise_kernel')!), ...(bias ? [g.weight(bias)] : [])]);
  return activated(g, imageValue(g, y, shapes[0]!, config['dataFormat']), config['activation']);
};

const transposed: Emitter = (g, { config, inputs, shapes, weight }) => {
  const { dataFormat, strides, dilationRate, padding, outputPadding, kernelSize } = config as {
    dataFormat: string;
    strides: readonly number[];
    dilationRate: readonly number[];
    padding: 'valid' | 'same';
    outputPadding: readonly number[] | null;
    kernelSize: readonly number[];
  };
  // What is taken off does not depend on the size of the image, so any stands for one that is not known.
  const sides = sidesOf(inputs[0]!.shape, dataFormat).map((side) => side ?? 64);
  const size = sides.map((side, i) =>
    transposedSize(side, kernelSize[i]!, strides[i]!, dilationRate[i]!, padding, outputPadding?.[i] ?? null),
  );
  const pads = transposedPads([0, ...sides], [0, ...kernelSize], strides, dilationRate, size);
  const added = size.map((one, i) => Math.max(0, one - ((sides[i]! - 1) * strides[i]! + (kernelSize[i]! - 1) * dilationRate[i]! + 1)));
  const [kernel, bias] = [weight('kernel')!, weight('bias')];
  const rank = kernel.kerasShape.length;
  const order = [rank - 1, rank - 2, ...kernelSize.map((_, i) => i)];
  const filters = g.weight(kernel, { shape: order.map((axis) => kernel.kerasShape[axis]!), to: (keras) => ops.transpose(keras, order) });
  const y = g.op('ConvTranspose', [imageOf(g, inputs[0]!, dataFormat), filters, ...(bias ? [g.weight(bias)] : [])], {
    kernel_shape: kernelSize,
    strides,
    dilations: dilationRate,
    pads: [...pads.map(([before]) => before), ...pads.map(([, after]) => after)],
    output_padding: added,
  });
  return activated(g, imageValue(g, y, shapes[0]!, dataFormat), config['activation']);
};

export const convEmitters: Emitters = {
  Conv1D: conv,
  Conv2D: conv,
  Conv3D: conv,
  DepthwiseConv1D: depthwise,
  DepthwiseConv2D: depthwise,
  SeparableConv1D: separable,
  SeparableConv2D: separable,
  Conv1DTranspose: transposed,
  Conv2DTranspose: transposed,
  Conv3DTranspose: transposed,
};
