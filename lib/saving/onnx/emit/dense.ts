/** Products with kernels: dense, einsumDense, embedding. */
import type { Emitter, Emitters } from '../emitters.js';
import { activated } from './activation.js';

const dense: Emitter = (g, { config, inputs, shapes, weight }) => {
  const x = g.plain(inputs[0]!);
  const [kernel, bias] = [g.weight(weight('kernel')!), weight('bias')];
  let y: string;
  if (inputs[0]!.shape.length === 2) y = g.op('Gemm', [x, kernel, ...(bias ? [g.weight(bias)] : [])]);
  else y = bias ? g.add(g.matmul(x, kernel), g.weight(bias)) : g.matmul(x, kernel);
  return activated(g, g.value(y, shapes[0]!), config['activation']);
};

const einsumDense: Emitter = (g, { config, inputs, shapes, weight }) => {
  const equation = (config['equation'] as string).replaceAll(' ', '');
  const bias = weight('bias');
  const product = g.op('Einsum', [g.plain(inputs[0]!), g.weight(weight('kernel')!)], { equation });
  const y = bias ? g.add(product, g.weight(bias)) : product;
  return activated(g, g.value(y, shapes[0]!), config['activation']);
};

const embedding: Emitter = (g, { config, inputs, shapes, weight }) => {
  const indices = g.plain(g.cast(inputs[0]!, 'int32'));
  const y = g.value(g.op('Gather', [g.weight(weight('embeddings')!), indices], { axis: 0 }), shapes[0]!);
  if (config['maskZero']) {
    const real = g.op('Not', [g.op('Equal', [indices, g.number(0, 'int32')])]);
    y.mask = g.value(real, inputs[0]!.shape, 'bool');
  }
  return y;
};

export const denseEmitters: Emitters = { Dense: dense, EinsumDense: einsumDense, Embedding: embedding };
