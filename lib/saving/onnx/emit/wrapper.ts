/** Layers around another layer. */
import type { Emitter, Emitters } from '../emitters.js';
import type { Part } from '../scope.js';
import type { Value } from '../value.js';
import type { Wrapper } from '../../../layers/wrapper.js';

const timeDistributed: Emitter = (g, { layer, inputs, shapes, inner }) => {
  const [x] = inputs as readonly [Value];
  const [batch, steps, ...rest] = g.parts(x) as [Part, Part, ...Part[]];
  const all = g.value(g.reshape(g.plain(x), [-1, ...rest]), [null, ...x.shape.slice(2)], x.dtype);
  if (x.mask && x.mask.shape.length > 2) {
    const mask = g.reshape(g.plain(x.mask), [-1, ...g.parts(x.mask).slice(2)]);
    all.mask = g.value(mask, [null, ...x.mask.shape.slice(2)], 'bool');
  }
  const [y] = inner((layer as Wrapper).layer, [all]) as [Value];
  return g.value(g.reshape(g.plain(y), [batch, steps, ...g.parts(y).slice(1)]), shapes[0]!, y.dtype);
};

/** The kernel is normalised while it is trained: what is there is used. */
const spectral: Emitter = (_, { layer, inputs, inner }) => {
  const [y] = inner((layer as Wrapper).layer, inputs) as [Value];
  return { ...y, mask: null };
};

export const wrapperEmitters: Emitters = { TimeDistributed: timeDistributed, SpectralNormalization: spectral };
