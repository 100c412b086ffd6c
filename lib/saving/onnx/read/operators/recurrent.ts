/** ONNX' RNN, LSTM and GRU: a loop over the steps, in one direction or both. */
import * as ops from '../../../../ops/index.js';
import type { Tensor } from '../../../../tensor/tensor.js';
import type { Call, Operators } from './operator.js';

type Bend = (x: Tensor) => Tensor;

/** ONNX' activations; with two numbers each, which most leave alone. */
const activations: Readonly<Record<string, (alpha?: number, beta?: number) => Bend>> = {
  relu: () => (x) => ops.relu(x),
  tanh: () => (x) => ops.tanh(x),
  sigmoid: () => (x) => ops.sigmoid(x),
  softsign: () => (x) => ops.softsign(x),
  softplus: () => (x) => ops.softplus(x),
  affine:
    (alpha = 1, beta = 0) =>
    (x) =>
      ops.add(ops.multiply(x, alpha), beta),
  leakyrelu:
    (alpha = 0.01) =>
    (x) =>
      ops.leakyRelu(x, alpha),
  elu:
    (alpha = 1) =>
    (x) =>
      ops.elu(x, alpha),
  hardsigmoid:
    (alpha = 0.2, beta = 0.5) =>
    (x) =>
      ops.clip(ops.add(ops.multiply(x, alpha), beta), 0, 1),
};

/** How many of the two numbers an activation takes. */
const takes: Readonly<Record<string, readonly [number, number]>> = {
  affine: [1, 1],
  leakyrelu: [1, 0],
  elu: [1, 0],
  hardsigmoid: [1, 1],
};

function bends(call: Call, usual: readonly string[], directions: number): Bend[] {
  const names = (call.attributes['activations'] as readonly string[] | undefined) ?? Array(directions).fill(usual).flat();
  const alphas = [...(call.ints('activation_alpha') ?? [])];
  const betas = [...(call.ints('activation_beta') ?? [])];
  return (names as readonly string[]).map((name) => {
    const key = name.toLowerCase();
    if (!Object.hasOwn(activations, key)) throw call.refuse(`an activation of ${Object.keys(activations).join(', ')}`, `'${name}'`);
    const [alpha, beta] = takes[key] ?? [0, 0];
    return activations[key]!(alpha ? alphas.shift() : undefined, beta ? betas.shift() : undefined);
  });
}

type Step = (x: Tensor, states: readonly Tensor[]) => Tensor[];

interface Kind {
  gates: number;
  states: number;
  usual: readonly string[];
  step(call: Call, f: readonly Bend[], r: Tensor, rb: Tensor | undefined): Step;
}

/** x is the product with the input already, with its bias. */
const kinds: Readonly<Record<string, Kind>> = {
  RNN: {
    gates: 1,
    states: 1,
    usual: ['Tanh'],
    step:
      (_, [f], r, rb) =>
      (x, [h]) => [f!(plus(ops.add(x, ops.matmul(h!, r)), rb))],
  },
  LSTM: {
    gates: 4,
    states: 2,
    usual: ['Sigmoid', 'Tanh', 'Tanh'],
    step:
      (_, [f, g, k], r, rb) =>
      (x, [h, c]) => {
        const [i, o, forget, cell] = ops.split(plus(ops.add(x, ops.matmul(h!, r)), rb), 4, 1) as [Tensor, Tensor, Tensor, Tensor];
        const next = ops.add(ops.mul(f!(forget), c!), ops.mul(f!(i), g!(cell)));
        return [ops.mul(f!(o), k!(next)), next];
      },
  },
  GRU: {
    gates: 3,
    states: 1,
    usual: ['Sigmoid', 'Tanh'],
    step: (call, [f, g], r, rb) => {
      const kernels = ops.split(r, 3, 1) as [Tensor, Tensor, Tensor];
      const biases = rb ? ops.split(rb, 3, 0) : [];
      const after = call.number('linear_before_reset', 0) !== 0;
      return (x, [h]) => {
        const [xz, xr, xh] = ops.split(x, 3, 1) as [Tensor, Tensor, Tensor];
        const inner = (state: Tensor, i: number): Tensor => plus(ops.matmul(state, kernels[i]!), biases[i]);
        const z = f!(ops.add(xz, inner(h!, 0)));
        const reset = f!(ops.add(xr, inner(h!, 1)));
        const candidate = g!(ops.add(xh, after ? ops.mul(reset, inner(h!, 2)) : inner(ops.mul(reset, h!), 2)));
        return [ops.add(ops.mul(z, h!), ops.mul(ops.sub(1, z), candidate))];
      };
    },
  },
};

function plus(x: Tensor, bias: Tensor | undefined): Tensor {
  return bias ? ops.add(x, bias) : x;
}

/** Part of the weights of one direction, without that axis. */
function direction(x: Tensor, i: number): Tensor {
  return ops.reshape<readonly number[]>(ops.slice(x, [i, ...x.shape.slice(1).map(() => 0)], [1, ...x.shape.slice(1)]), x.shape.slice(1));
}

function recurrent(call: Call): Tensor[] {
  const kind = kinds[call.opType]!;
  const way = call.text('direction', 'forward');
  const ways = way === 'bidirectional' ? ['forward', 'reverse'] : [way];
  if (call.has(7)) throw call.refuse('gates that see the state alone', 'peepholes');
  for (const name of ['clip', 'layout', 'input_forget']) {
    if (call.number(name, 0) !== 0) throw call.refuse(`${name} 0`, String(call.number(name, 0)));
  }
  const x = call.tensor(0);
  const lengths = call.has(4) ? call.tensor(4) : undefined;
  const all = bends(call, kind.usual, ways.length);
  const results = ways.map((one, i) => {
    const own = all.slice(i * kind.usual.length, (i + 1) * kind.usual.length);
    const kernel = ops.transpose(direction(call.tensor(1), i));
    const inner = ops.transpose(direction(call.tensor(2), i));
    const [wb, rb] = call.has(3) ? ops.split(direction(call.tensor(3), i), 2, 0) : [];
    const units = inner.shape[0]!;
    const zero = (): Tensor => ops.zeros([x.shape[1]!, units], x.dtype);
    const states = Array.from({ length: kind.states }, (_, s) => (call.has(5 + s) ? direction(call.tensor(5 + s), i) : zero()));
    return run(kind.step(call, own, inner, rb), plus(ops.matmul(x, kernel), wb), states, one === 'reverse', lengths);
  });
  const sequence = ops.stack(
    results.map((result) => result.sequence),
    { axis: 1 },
  );
  const ends = Array.from({ length: kind.states }, (_, s) =>
    ops.stack(
      results.map((result) => result.states[s]!),
      { axis: 0 },
    ),
  );
  return [sequence, ...ends].slice(0, Math.max(1, call.results));
}

/** Steps that are beyond a sequence's length leave the state and give zeros. */
function run(
  step: Step,
  x: Tensor,
  initial: readonly Tensor[],
  reverse: boolean,
  lengths: Tensor | undefined,
): { sequence: Tensor; states: readonly Tensor[] } {
  const steps = ops.unstack(x, { axis: 0 });
  const outputs: Tensor[] = new Array<Tensor>(steps.length);
  let states = initial;
  for (let n = 0; n < steps.length; n++) {
    const t = reverse ? steps.length - 1 - n : n;
    const next = step(steps[t]!, states);
    if (!lengths) {
      outputs[t] = next[0]!;
      states = next;
      continue;
    }
    const inside = ops.expandDims(ops.greater(lengths, t), 1);
    outputs[t] = ops.where(inside, next[0]!, 0);
    states = next.map((state, i) => ops.where(inside, state, states[i]!));
  }
  return { sequence: ops.stack(outputs, { axis: 0 }), states };
}

export const recurrentOperators: Operators = { RNN: recurrent, LSTM: recurrent, GRU: recurrent };
