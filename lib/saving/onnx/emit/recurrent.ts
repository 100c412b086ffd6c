/** Recurrent layers. ONNX has one operator for each kind of cell, with the steps in front and its own order of gates. */
import type { RNNCell } from '../../../layers/recurrent/cell.js';
import type { RNN } from '../../../layers/recurrent/rnn.js';
import { StackedRNNCells } from '../../../layers/recurrent/stacked.js';
import type { Weight } from '../../../layers/weight.js';
import * as ops from '../../../ops/index.js';
import type { Config } from '../../../options/index.js';
import type { Emitter, Emitters } from '../emitters.js';
import type { Attributes } from '../graph.js';
import { real, Scope, type Tensor } from '../scope.js';
import type { Value } from '../value.js';

/** An operator, and which of Keras' gates stands at each of its places. */
const kinds: Readonly<Record<string, { opType: string; gates: readonly number[] }>> = {
  SimpleRNNCell: { opType: 'RNN', gates: [0] },
  // Keras: input, forget, candidate, output; ONNX: input, output, forget, candidate
  LSTMCell: { opType: 'LSTM', gates: [0, 3, 1, 2] },
  GRUCell: { opType: 'GRU', gates: [0, 1, 2] },
};

/** ONNX' names of activations, with their two numbers where they have such. */
const activations: Readonly<Record<string, readonly [string, number?, number?]>> = {
  tanh: ['Tanh'],
  sigmoid: ['Sigmoid'],
  relu: ['Relu'],
  softsign: ['Softsign'],
  softplus: ['Softplus'],
  linear: ['Affine', 1, 0],
  hardSigmoid: ['HardSigmoid', 1 / 6, 0.5],
  sparseSigmoid: ['HardSigmoid', 0.5, 0.5],
  leakyRelu: ['LeakyRelu', 0.2],
  elu: ['Elu', 1],
};

function activationAttributes(g: Scope, config: Config, kind: string): Attributes {
  const outer = config['activation'];
  const inner = config['recurrentActivation'];
  const wanted = kind === 'LSTM' ? [inner, outer, outer] : kind === 'GRU' ? [inner, outer] : [outer];
  const found = wanted.map((name) => {
    const known = typeof name === 'string' && Object.hasOwn(activations, name) ? activations[name]! : undefined;
    if (known) return known;
    throw g.refuse(
      `an activation of ${kind} in ONNX (${Object.keys(activations).join(', ')})`,
      typeof name === 'string' ? `'${name}'` : 'a function',
      'use one of these',
    );
  });
  const [alpha, beta] = [1, 2].map((i) => found.flatMap((one) => (one[i] === undefined ? [] : [one[i] as number])));
  return {
    activations: found.map(([name]) => name),
    ...(alpha!.length > 0 && { activation_alpha: real(alpha!) }),
    ...(beta!.length > 0 && { activation_beta: real(beta!) }),
  };
}

interface CellWeights {
  kernel: string;
  recurrent: string;
  bias: string;
}

function cellWeights(g: Scope, cell: RNNCell, gates: readonly number[]): CellWeights {
  const find = (name: string): Weight | undefined => cell.weights.find((weight) => weight.name === name);
  const ordered = (x: Tensor, axis: number): Tensor => {
    if (gates.length === 1) return x;
    const parts = ops.split(x, gates.length, axis);
    return ops.concatenate(
      gates.map((gate) => parts[gate]!),
      { axis },
    );
  };
  const matrix = (name: string): string => {
    const weight = find(name)!;
    const [rows, columns] = weight.kerasShape as readonly [number, number];
    const shape = [1, columns, rows];
    return g.weight(weight, { shape, to: (keras) => ops.reshape<readonly number[]>(ordered(ops.transpose(keras), 0), shape) });
  };
  const bias = find('bias');
  // Keras' GRU has a second row for the state where it resets after the product; other cells have none.
  const both = bias?.kerasShape.length === 2;
  const width = bias?.kerasShape.at(-1) ?? 0;
  const shape = [1, 2 * width];
  const joined = (keras: Tensor): Tensor => {
    if (both) return ops.reshape<readonly number[]>(ordered(keras, 1), shape);
    return ops.reshape<readonly number[]>(ops.concatenate([ordered(keras, 0), ops.zerosLike(keras)], { axis: 0 }), shape);
  };
  return {
    kernel: matrix('kernel'),
    recurrent: matrix('recurrent_kernel'),
    bias: bias ? g.weight(bias, { shape, to: joined }) : '',
  };
}

/** Real steps moved to the front of each sequence: state and outputs do not see the others. */
class Packing {
  /** How many steps are real, int32 [batch]. */
  readonly lengths: string;
  /** Which of the real steps is the last one, int64 [batch, steps]; -1 before the first. */
  private readonly latest: string;

  constructor(
    private readonly g: Scope,
    /** bool, [batch, steps] */
    readonly mask: string,
  ) {
    const counted = g.castTo(mask, 'int64');
    this.lengths = g.castTo(g.reduce('Sum', counted, [1], false), 'int32');
    this.latest = g.sub(g.op('CumSum', [counted, g.number(1, 'int64')]), g.number(1, 'int64'));
  }

  pack(sequence: string): string {
    const { g, mask } = this;
    const steps = g.size(mask, 1);
    const place = g.op('Range', [g.number(0, 'int64'), g.squeeze(steps, 0), g.number(1, 'int64')]);
    const key = g.op('Where', [mask, place, g.add(place, steps)]);
    const [, order] = g.ops(2, 'TopK', [key, steps], { axis: 1, largest: 0, sorted: 1 });
    return g.op('GatherND', [sequence, g.unsqueeze(order!, 2)], { batch_dims: 1 });
  }

  /** Outputs at their steps again; a step that is not real has the one before it, or zeros. */
  unpack(outputs: string, zeros: boolean): string {
    const { g, latest } = this;
    const at = g.op('Max', [latest, g.number(0, 'int64')]);
    const spread = g.op('GatherND', [outputs, g.unsqueeze(at, 2)], { batch_dims: 1 });
    const some = zeros ? this.mask : g.op('GreaterOrEqual', [latest, g.number(0, 'int64')]);
    return g.op('Where', [g.unsqueeze(some, 2), spread, g.number(0)]);
  }

  /** The last output: zeros where the last step is not real, or no step is. */
  last(output: string, zeros: boolean): string {
    const { g } = this;
    const some = zeros ? g.slice(this.mask, 1, -1, Infinity) : g.unsqueeze(g.op('Greater', [this.lengths, g.number(0, 'int32')]), 1);
    return g.op('Where', [some, output, g.number(0)]);
  }
}

interface Run {
  /** [batch, steps, units], where it was asked for. */
  sequence: string;
  last: string;
  states: string[];
}

/** One cell over a sequence. */
function runCell(
  g: Scope,
  cell: RNNCell,
  x: string,
  initial: readonly string[],
  how: { packing?: Packing; zeros: boolean; reverse: boolean },
): Run {
  const kind = Object.hasOwn(kinds, cell.className) ? kinds[cell.className] : undefined;
  if (!kind) throw g.refuse(`a cell of ${Object.keys(kinds).join(', ')}`, cell.className, 'ONNX has no operator for other cells');
  const config = cell.getConfig();
  const { kernel, recurrent, bias } = cellWeights(g, cell, kind.gates);
  const { packing, zeros, reverse } = how;
  const sequence = g.transpose(packing ? packing.pack(x) : x, [1, 0, 2]);
  const states = initial.map((name) => g.unsqueeze(name, 0));
  const results = g.ops(
    kind.opType === 'LSTM' ? 3 : 2,
    kind.opType,
    [sequence, kernel, recurrent, bias, packing?.lengths ?? '', ...states],
    {
      hidden_size: cell.outputSize,
      direction: reverse ? 'reverse' : 'forward',
      ...activationAttributes(g, config, kind.opType),
      ...(kind.opType === 'GRU' && { linear_before_reset: config['resetAfter'] ? 1 : 0 }),
    },
  );
  const [all, ...ends] = results as [string, ...string[]];
  const last = ends.map((name) => g.squeeze(name, 0));
  const outputs = g.transpose(g.squeeze(all, 1), [1, 0, 2]);
  return {
    get sequence() {
      return packing ? packing.unpack(outputs, zeros) : outputs;
    },
    get last() {
      return packing ? packing.last(last[0]!, zeros) : last[0]!;
    },
    states: last,
  };
}

/** A recurrent layer. With `inTime` the outputs of a layer that goes backwards stand at their own steps. */
function runLayer(g: Scope, layer: RNN, inputs: readonly Value[], inTime: boolean): Run {
  const { goBackwards, returnSequences, stateful, zeroOutputForMask } = layer.sequence;
  if (stateful) throw g.refuse('layers without a state of their own', 'stateful: true', 'make the layer with stateful: false');
  const [input, ...given] = inputs as readonly [Value, ...Value[]];
  const cells = layer.cell instanceof StackedRNNCells ? layer.cell.cells : [layer.cell];
  // One cell alone may run backwards itself; otherwise the sequence is turned round.
  const reverse = goBackwards && cells.length === 1 && !input.mask;
  const turn = goBackwards && !reverse;
  let x = g.plain(input);
  if (turn) x = g.reverse(x, 1);
  const mask = input.mask && g.plain(input.mask);
  const packing = mask ? new Packing(g, turn ? g.reverse(mask, 1) : mask) : undefined;
  let states = given.map((state) => g.plain(state));
  const ends: string[] = [];
  let run: Run | undefined;
  cells.forEach((cell, i) => {
    if (run) x = run.sequence;
    const own = new Scope(g.graph, cells.length > 1 ? `${g.path}/cell_${i}` : g.path, g.dtype);
    run = runCell(own, cell, x, states.slice(0, cell.stateSizes.length), {
      ...(packing && { packing }),
      zeros: zeroOutputForMask,
      reverse,
    });
    states = states.slice(cell.stateSizes.length);
    ends.push(...run.states);
  });
  const { last } = run!;
  if (!returnSequences) return { sequence: '', last, states: ends };
  // An operator that ran backwards leaves outputs at their steps; Keras has them in the order in which they were made.
  const turned = reverse ? !inTime : turn && inTime;
  return { sequence: turned ? g.reverse(run!.sequence, 1) : run!.sequence, last, states: ends };
}

const recurrent: Emitter = (g, { layer, inputs, shapes }) => {
  const rnn = layer as unknown as RNN;
  const { sequence, last, states } = runLayer(g, rnn, inputs, false);
  const { returnSequences, returnState } = rnn.sequence;
  const output: Value = {
    ...g.value(returnSequences ? sequence : last, shapes[0]!),
    mask: returnSequences ? (inputs[0]!.mask ?? null) : null,
  };
  return returnState ? [output, ...states.map((state, i) => g.value(state, shapes[i + 1]!))] : output;
};

interface BothWays {
  forwardLayer: RNN;
  backwardLayer: RNN;
  mergeMode: 'concat' | 'sum' | 'mul' | 'ave' | null;
}

const bidirectional: Emitter = (g, { layer, inputs, shapes }) => {
  const { forwardLayer, backwardLayer, mergeMode } = layer as unknown as BothWays;
  const [sequence, ...states] = inputs as readonly [Value, ...Value[]];
  const half = states.length / 2;
  const one = (rnn: RNN, given: readonly Value[]): Run => {
    const own = new Scope(g.graph, `${g.path}/${rnn.name}`, rnn.dtype);
    const x = own.cast(sequence, rnn.dtype);
    const operands = [{ ...x, mask: sequence.mask }, ...given.map((state) => own.cast(state, rnn.dtype))];
    return runLayer(own, rnn, operands, rnn === backwardLayer);
  };
  const [a, b] = [one(forwardLayer, states.slice(0, half)), one(backwardLayer, states.slice(half))];
  const { returnSequences, returnState } = forwardLayer.sequence;
  // Keras turns the second layer's outputs round, from the order in which they were made.
  const second = (): string => (backwardLayer.sequence.goBackwards ? b.sequence : g.reverse(b.sequence, 1));
  const [left, right] = returnSequences ? [a.sequence, second()] : [a.last, b.last];
  const mask = returnSequences ? (sequence.mask ?? null) : null;
  const ends = returnState ? [...a.states, ...b.states] : [];
  const made = (name: string, i: number): Value => g.value(name, shapes[i]!, forwardLayer.dtype);
  if (mergeMode === null) {
    return [left, right, ...ends].map((name, i) => ({ ...made(name, i), mask: i < 2 ? mask : null }));
  }
  const sum = (): string => g.add(left, right);
  const merged =
    mergeMode === 'concat'
      ? g.concat([left, right], -1)
      : mergeMode === 'mul'
        ? g.mul(left, right)
        : mergeMode === 'ave'
          ? g.mul(sum(), g.number(0.5, forwardLayer.dtype))
          : sum();
  const output = { ...made(merged, 0), mask };
  return ends.length > 0 ? [output, ...ends.map((name, i) => made(name, i + 1))] : output;
};

export const recurrentEmitters: Emitters = {
  RNN: recurrent,
  SimpleRNN: recurrent,
  LSTM: recurrent,
  GRU: recurrent,
  Bidirectional: bidirectional,
};
