/** What every layer must do, whatever it computes: one call in the test of a layer checks all of it. */
import assert from 'node:assert/strict';
import { capture } from '../../lib/autodiff/capture.js';
import { valueAndGrad } from '../../lib/autodiff/grad.js';
import { setFloatx } from '../../lib/layers/defaults.js';
import { fromConfig } from '../../lib/layers/registry.js';
import type { Layer } from '../../lib/layers/layer.js';
import { type BatchShape, type Shapes, type SymbolicTensor } from '../../lib/layers/symbolic.js';
import type { Weight } from '../../lib/layers/weight.js';
import { input } from '../../lib/models/input.js';
import { fromKeras, type Json, toKeras } from '../../lib/keras/index.js';
import * as ops from '../../lib/ops/index.js';
import { serialize } from '../../lib/options/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { DType } from '../../lib/tensor/dtype.js';
import { tidy } from '../../lib/tensor/scope.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, numbers } from './close.js';
import { gradCheck, randoms } from './gradcheck.js';

export interface Conformance {
  /** Makes the layer; its dtype is float64 for the gradients by the default that is set meanwhile. */
  make: () => Layer;
  /** Shapes of the inputs without the batch; a list of them is given as a list. */
  input: readonly number[] | readonly (readonly number[])[];
  /** The shape without the batch that must come out. */
  output: readonly number[];
  /** Names and Keras shapes of the weights; as pairs where names come more than once. */
  weights?: Readonly<Record<string, readonly number[]>> | readonly (readonly [name: string, shape: readonly number[]])[];
  /** The inputs' numbers lie between these bounds; by default -1 and 1. */
  low?: number;
  high?: number;
  /** Inputs are whole numbers of this dtype; then only weights have gradients. */
  dtype?: DType;
  /** Whether two calls while training differ. */
  random?: boolean;
  /** Whether the config can be written in Keras' spelling. */
  writable?: boolean;
}

const BATCH = 2;

type Sample = Conformance['input'];

function shapesOf(sample: Sample): readonly (readonly number[])[] {
  return Array.isArray(sample[0]) ? (sample as readonly (readonly number[])[]) : [sample as readonly number[]];
}

function isList(sample: Sample): boolean {
  return Array.isArray(sample[0]);
}

function data(conformance: Conformance, shape: readonly number[], dtype: DType, seed: number): Tensor {
  const { low = -1, high = 1 } = conformance;
  const values = randoms(
    shape.reduce((a, b) => a * b, 1),
    seed,
    low,
    high,
  );
  return tensor(conformance.dtype ? values.map(Math.floor) : values, shape, conformance.dtype ?? dtype);
}

function inputs(conformance: Conformance, dtype: DType, batch = BATCH): Tensor[] {
  return shapesOf(conformance.input).map((shape, i) => data(conformance, [batch, ...shape], dtype, i + 1));
}

function given(conformance: Conformance, tensors: Tensor[]): Tensor | readonly Tensor[] {
  return isList(conformance.input) ? tensors : tensors[0]!;
}

function batched(conformance: Conformance, batch: number | null): Shapes {
  const shapes: BatchShape[] = shapesOf(conformance.input).map((shape) => [batch, ...shape]);
  return isList(conformance.input) ? shapes : shapes[0]!;
}

/** Gives all weights numbers that differ, so that none of them can be exchanged or left out unnoticed. */
function scramble(layer: Layer): void {
  layer.setWeights(layer.weights.map((weight, i) => randoms(weight.size, 50 + i, 0.25, 0.75)));
}

function inFloat64(fn: () => void): void {
  setFloatx('float64');
  try {
    fn();
  } finally {
    setFloatx('float32');
  }
}

function built(conformance: Conformance): Layer {
  const layer = conformance.make();
  layer.build(batched(conformance, null));
  scramble(layer);
  return layer;
}

/** JSON of a config, without functions: those stay themselves. */
function plain(layer: Layer): unknown {
  return JSON.parse(JSON.stringify(layer.getConfig()));
}

/** Declares the tests of a layer. */
export function conforms(name: string, conformance: Conformance): void {
  const { make, output, random = false, writable = true } = conformance;
  const listed = conformance.weights ?? {};
  const weights = Array.isArray(listed) ? (listed as [string, number[]][]) : Object.entries(listed as Record<string, number[]>);

  describe(`${name} conforms`, () => {
    it('makes the same layer from its config', () => {
      const layer = built(conformance);
      const again = fromConfig(serialize(layer));
      assert.deepEqual(plain(again), plain(layer));
      again.build(batched(conformance, null));
      again.setWeights(layer.weights.map((weight) => weight.toKeras()));
      const x = given(conformance, inputs(conformance, 'float32'));
      assert.deepEqual(numbers(again.apply(x)), numbers(layer.apply(x)));
      layer.dispose();
      again.dispose();
    });

    if (writable) {
      it('keeps its config through the spelling of Keras', () => {
        const layer = make();
        const written = JSON.parse(JSON.stringify(toKeras(serialize(layer)))) as Json;
        const read = fromConfig(fromKeras(written));
        assert.deepEqual(plain(read), plain(layer));
      });
    }

    it('says the shape that it makes', () => {
      const layer = make();
      const expected: BatchShape = [null, ...output];
      const places = shapesOf(conformance.input).map((shape) => input(shape, { dtype: conformance.dtype ?? null }));
      const symbolic = layer.apply((isList(conformance.input) ? places : places[0]!) as SymbolicTensor) as SymbolicTensor;
      assert.deepEqual(symbolic.shape, expected);
      assert.deepEqual(layer.computeOutputShape(batched(conformance, null)), expected);
      assert.deepEqual(layer.outputShape, expected);
      for (const batch of [1, 3]) {
        const actual = layer.apply(given(conformance, inputs(conformance, 'float32', batch)));
        assert.deepEqual([...actual.shape], [batch, ...output]);
        assert.deepEqual(layer.computeOutputShape(batched(conformance, batch)), [batch, ...output]);
        assert.equal(actual.dtype, symbolic.dtype);
      }
      layer.dispose();
    });

    it('has the weights of Keras', () => {
      const layer = built(conformance);
      assert.deepEqual(
        layer.weights.map((weight) => [weight.name, [...weight.kerasShape]]),
        weights,
      );
      const sizes = weights.map(([, shape]) => shape.reduce((a, b) => a * b, 1));
      assert.equal(
        layer.countParams(),
        sizes.reduce((a, b) => a + b, 0),
      );
      assert.equal(layer.trainableWeights.length + layer.nonTrainableWeights.length, layer.weights.length);
      layer.trainable = false;
      assert.deepEqual(layer.trainableWeights, []);
      assert.ok(layer.weights.every((weight) => !weight.trainable));
      layer.dispose();
    });

    it('gives back the weights that were set', async () => {
      const layer = built(conformance);
      const values = await layer.getWeights();
      values.forEach((value, i) => {
        const given = randoms(layer.weights[i]!.size, 50 + i, 0.25, 0.75);
        assertClose(value.data, value.dtype === 'int32' ? given.map(Math.trunc) : given);
      });
      assert.deepEqual(
        values.map((value) => value.shape),
        weights.map(([, shape]) => shape),
      );
      layer.dispose();
    });

    it('has the gradients of central differences', () => {
      inFloat64(() => {
        for (const training of random ? [false] : [false, true]) {
          const layer = built(conformance);
          const xs = inputs(conformance, 'float64');
          const call = (at: readonly Tensor[]) => layer.apply(given(conformance, [...at]), { training });
          if (!conformance.dtype) {
            const points = xs.map((x) => ({ shape: x.shape, data: x.dataSync() as Float64Array }));
            gradCheck((...at) => call(at), points, { rtol: 1e-5, atol: 1e-6 });
          }
          for (const weight of layer.trainableWeights) checkWeight(weight, () => call(xs));
          layer.dispose();
        }
      });
    });

    if (!random) {
      it('computes the same bits in a captured step', () => {
        for (const training of [false, true]) {
          const [layer, twin] = [built(conformance), built(conformance)];
          const step = (of: Layer) => (x: readonly Tensor[]) =>
            valueAndGrad(
              () => ops.sum(ops.square(of.apply(given(conformance, [...x]), { training }))),
              [...of.trainableWeights, ...(conformance.dtype ? [] : x)],
            );
          const xs = inputs(conformance, 'float32');
          const eager = step(layer)(xs);
          const captured = capture((...x: Tensor[]) => {
            const { value, gradients } = step(twin)(x);
            return [value, ...gradients];
          })(...xs);
          [eager.value, ...eager.gradients].forEach((want, i) => assert.deepEqual(numbers(captured[i]!), numbers(want)));
          // Moving averages as well.
          layer.weights.forEach((weight, i) => assert.deepEqual(numbers(twin.weights[i]!), numbers(weight)));
          layer.dispose();
          twin.dispose();
        }
      });
    }

    it(random ? 'is random while training only' : 'gives the same results twice', () => {
      const layer = built(conformance);
      const x = given(conformance, inputs(conformance, 'float32'));
      const twice = (training: boolean) => [numbers(layer.apply(x, { training })), numbers(layer.apply(x, { training }))] as const;
      assert.deepEqual(...twice(false));
      if (random) assert.notDeepEqual(...twice(true));
      layer.dispose();
    });

    if (weights.length > 0) {
      it('learns: a small step down the gradient lowers the loss', () => {
        const layer = built(conformance);
        const learned = layer.trainableWeights;
        const x = given(conformance, inputs(conformance, 'float32'));
        const loss = () => ops.sum(ops.square(ops.subtract(layer.apply(x, { training: true }), 2)));
        if (learned.length > 0) {
          const { value, gradients } = valueAndGrad(loss, learned);
          assert.ok(gradients.some((gradient) => numbers(gradient).some((slope) => slope !== 0)));
          learned.forEach((weight, i) => weight.assign(ops.subtract(weight, ops.multiply(gradients[i]!, 1e-3))));
          assert.ok(loss().item() < value.item(), `the loss went from ${value.item()} to ${loss().item()}`);
        } else {
          // Nothing to learn: the step must not change anything either.
          assert.deepEqual(layer.weights.map((weight) => weight.trainable).includes(true), false);
        }
        layer.dispose();
      });
    }

    it('refuses options that it does not know', () => {
      const config = { ...make().getConfig(), trainabel: true };
      assert.throws(
        () => fromConfig({ className: make().className, config }),
        /did you mean trainable\?|expected known options only, got 'trainabel'/,
      );
    });

    it('can be used in several places', () => {
      const layer = make();
      const one = () => {
        const places = shapesOf(conformance.input).map((shape) => input(shape, { dtype: conformance.dtype ?? null }));
        return layer.apply((isList(conformance.input) ? places : places[0]!) as SymbolicTensor) as SymbolicTensor;
      };
      assert.notEqual(one(), one());
      assert.equal(layer.inboundNodes.length, 2);
      assert.equal(weights.length, layer.weights.length);
      layer.dispose();
    });
  });
}

/** The gradient of a weight against central differences. */
function checkWeight(weight: Weight, call: () => Tensor): void {
  const factors = tidy(() => {
    const y = call();
    return tensor(randoms(y.size, 99, 0.5, 1.5), y.shape);
  });
  const scalar = () => ops.sum(ops.multiply(call(), factors));
  const found = tidy(() => numbers(valueAndGrad(scalar, [weight]).gradients[0]!));
  const values = weight.dataSync() as Float64Array;
  const at = (i: number, by: number) => {
    weight.assign(values.map((value, n) => (n === i ? value + by : value)));
    return tidy(() => scalar().item());
  };
  const step = 1e-5;
  const wanted = values.map((_, i) => (at(i, step) - at(i, -step)) / (2 * step));
  weight.assign(values);
  assertClose(found, wanted, { rtol: 1e-5, atol: 1e-6 }, `gradient of ${weight.name}`);
}

/** Runs a layer once over numbers and gives the numbers back. */
export function applied(layer: Layer, values: ArrayLike<number>, shape: readonly number[], options: { training?: boolean } = {}): number[] {
  const result = tidy(() => numbers(layer.apply(tensor(Float32Array.from(values), shape), options)));
  layer.dispose();
  return result;
}
