/** Pooling: windows, whole images, and as many windows as the output is to have. */
import type { Emitter, Emitters } from '../emitters.js';
import type { Scope } from '../scope.js';
import type { Value } from '../value.js';
import { imageOf, imageValue, padsOf, sidesOf } from './conv.js';

type Kind = 'Max' | 'Average';

function pooling(kind: Kind): Emitter {
  return (g, { config, inputs, shapes }) => {
    const { poolSize, strides, padding, dataFormat } = config as {
      poolSize: readonly number[];
      strides: readonly number[];
      padding: 'valid' | 'same';
      dataFormat: string;
    };
    const [x] = inputs as readonly [Value];
    const y = g.op(`${kind}Pool`, [imageOf(g, x, dataFormat)], {
      kernel_shape: poolSize,
      strides,
      ...padsOf(
        sidesOf(x.shape, dataFormat),
        poolSize,
        strides,
        poolSize.map(() => 1),
        padding,
      ),
    });
    return imageValue(g, y, shapes[0]!, dataFormat);
  };
}

/** The mean of the real steps alone. */
function maskedMean(g: Scope, x: Value, mask: Value, format: unknown, keepdims: boolean): string {
  const first = format === 'channelsFirst';
  const real = g.unsqueeze(g.castTo(g.plain(mask), g.dtype), first ? 1 : 2);
  const axis = first ? 2 : 1;
  const sum = g.reduce('Sum', g.mul(g.plain(x), real), [axis], keepdims);
  return g.div(sum, g.reduce('Sum', real, [axis], keepdims));
}

function global(kind: Kind): Emitter {
  return (g, { config, inputs, shapes, layer }) => {
    const [x] = inputs as readonly [Value];
    const { dataFormat, keepdims } = config as { dataFormat: string; keepdims: boolean };
    if (x.mask && layer.className === 'GlobalAveragePooling1D') {
      return { ...g.value(maskedMean(g, x, x.mask, dataFormat, keepdims), shapes[0]!), mask: null };
    }
    const y = g.op(`Global${kind}Pool`, [imageOf(g, x, dataFormat)]);
    const made = keepdims ? imageValue(g, y, shapes[0]!, dataFormat) : g.value(g.op('Flatten', [y], { axis: 1 }), shapes[0]!);
    return { ...made, mask: null };
  };
}

function adaptive(kind: Kind): Emitter {
  return (g, { config, inputs, shapes }) => {
    const { outputSize, dataFormat } = config as { outputSize: readonly number[]; dataFormat: string };
    const [x] = inputs as readonly [Value];
    const sides = sidesOf(x.shape, dataFormat).map((side) => g.known(side, 'image size'));
    let y = imageOf(g, x, dataFormat);
    if (sides.every((side, i) => side % outputSize[i]! === 0)) {
      const size = sides.map((side, i) => side / outputSize[i]!);
      y = g.op(`${kind}Pool`, [y], { kernel_shape: size, strides: size });
    } else {
      // One direction after the other: windows that may overlap, from floor(i·n/size) to ceil((i+1)·n/size).
      sides.forEach((side, i) => {
        const count = outputSize[i]!;
        const parts = Array.from({ length: count }, (_, k) => {
          const part = g.slice(y, i + 2, Math.floor((k * side) / count), Math.ceil(((k + 1) * side) / count));
          return g.reduce(kind === 'Max' ? 'Max' : 'Mean', part, [i + 2], true);
        });
        y = g.concat(parts, i + 2);
      });
    }
    return imageValue(g, y, shapes[0]!, dataFormat);
  };
}

const ranks = ['1D', '2D', '3D'] as const;

export const poolEmitters: Emitters = Object.fromEntries(
  ranks.flatMap((rank) =>
    (['Max', 'Average'] as const).flatMap((kind) => [
      [`${kind}Pooling${rank}`, pooling(kind)] as const,
      [`Global${kind}Pooling${rank}`, global(kind)] as const,
      [`Adaptive${kind}Pooling${rank}`, adaptive(kind)] as const,
    ]),
  ),
);
