/** Data sets and their transformations: order, passes, backpressure, threads, what is refused. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { data, layers, sequential, tensor } from '../../lib/index.js';
import type { NodeCudnnError } from '../../lib/errors.js';
import { ArgumentError, DataError, ShapeError } from '../../lib/errors.js';

const range = (n: number): data.Dataset<number> => data.fromArray(Array.from({ length: n }, (_, i) => i));
const module = path.join(__dirname, 'fixtures', 'scale.mjs');

/** A source that tells what was asked of it. */
function watched(n: number): { set: data.Dataset<number>; pulled: () => number; closed: () => number } {
  let pulled = 0;
  let closed = 0;
  const set = data.fromGenerator(function* () {
    try {
      for (let i = 0; i < n; i++) {
        pulled++;
        yield i;
      }
    } finally {
      closed++;
    }
  });
  return { set, pulled: () => pulled, closed: () => closed };
}

function failure(kind: typeof NodeCudnnError, sentence: string) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof kind, String(error));
    assert.equal(error.message.slice(0, sentence.length), sentence);
    return true;
  };
}

describe('data', () => {
  describe('sources', () => {
    it('fromTensors gives rows of one array, a tuple or an object', async () => {
      for (const none of [[], {}]) {
        assert.throws(() => data.fromTensors(none as never), /^ArgumentError: fromTensors: expected at least one array with rows, got /);
      }
      assert.deepEqual(await data.fromTensors(Float32Array.of(1, 2)).toArray(), [1, 2]);
      const x = tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]);
      const pairs = await data.fromTensors([x, Int32Array.of(7, 8, 9)]).toArray();
      assert.deepEqual(pairs[1], [{ data: Float32Array.of(3, 4), shape: [2] }, 8]);
      const named = data.fromTensors({ x, y: [1, 2, 3] });
      assert.equal(named.length, 3);
      assert.deepEqual((await named.toArray())[2], { x: { data: Float32Array.of(5, 6), shape: [2] }, y: 3 });
      x.dispose();
    });

    it('a batch of rows is the array again', async () => {
      const [batch] = await data
        .fromTensors([{ data: Uint8Array.of(1, 2, 3, 4), shape: [2, 2, 1] }, [0, 1]])
        .batch(2)
        .toArray();
      assert.deepEqual(batch, [
        { data: Uint8Array.of(1, 2, 3, 4), shape: [2, 2, 1] },
        { data: Int32Array.of(0, 1), shape: [2] },
      ]);
    });

    it('fromGenerator begins anew for each pass', async () => {
      const set = data.fromGenerator(function* (pass) {
        yield pass;
      });
      assert.deepEqual([await set.toArray(), await set.toArray()], [[0], [1]]);
    });

    it('refuses rows that do not fit, and what is no iterable', async () => {
      await assert.rejects(
        data.fromTensors([Float32Array.of(1, 2), Int32Array.of(1)]).toArray(),
        failure(ShapeError, 'fromTensors [1]: expected as many rows as the first array has, 2, got 1'),
      );
      const plain = [
        [
          [1, 2],
          [3, 4],
        ],
        [0, 1],
      ];
      await assert.rejects(
        data.fromTensors(plain as never).toArray(),
        /^ShapeError: fromTensors: .*; name several arrays, \{ x, y \}, or make tensors/,
      );
      await assert.rejects(
        data.fromGenerator((() => 3) as never).toArray(),
        failure(DataError, 'fromGenerator: expected a function that returns an iterable, got 3'),
      );
      assert.throws(
        () => data.fromGenerator([1] as never),
        failure(ArgumentError, 'fromGenerator: expected a function that returns an iterable, got [1]; pass the function'),
      );
      assert.throws(
        () => data.fromGenerator((function* () {})() as never),
        failure(ArgumentError, 'fromGenerator: expected a function that returns an iterable, got a Generator; pass the function'),
      );
    });
  });

  describe('transformations', () => {
    it('batch, take, skip, repeat, concatenate, zip, filter', async () => {
      assert.deepEqual(
        (await range(5).batch(2).toArray()).map((b) => Array.from(b.data)),
        [[0, 1], [2, 3], [4]],
      );
      assert.equal((await range(5).batch(2, { dropRemainder: true }).toArray()).length, 2);
      assert.deepEqual(await range(5).take(2).toArray(), [0, 1]);
      assert.deepEqual(await range(5).skip(3).toArray(), [3, 4]);
      assert.deepEqual(await range(2).repeat(3).toArray(), [0, 1, 0, 1, 0, 1]);
      assert.deepEqual(await range(2).repeat().take(5).toArray(), [0, 1, 0, 1, 0]);
      assert.deepEqual(await range(2).concatenate(range(1)).toArray(), [0, 1, 0]);
      assert.throws(
        () => range(2).concatenate([1] as never),
        failure(ArgumentError, 'concatenate: expected a data set, got [1]; data.fromArray makes one of a list, data.fromTensors of arrays'),
      );
      assert.deepEqual(await range(3).zip(range(2)).toArray(), [
        [0, 0],
        [1, 1],
      ]);
      assert.deepEqual(await data.zip({ a: range(2), b: range(9) }).toArray(), [
        { a: 0, b: 0 },
        { a: 1, b: 1 },
      ]);
      assert.deepEqual(
        await range(5)
          .filter((x) => x % 2 === 1)
          .toArray(),
        [1, 3],
      );
    });

    it('know their length where it can be known', () => {
      assert.deepEqual(
        [
          range(5).batch(2),
          range(5).repeat(),
          range(5).take(9),
          range(5).skip(9),
          range(5).filter(() => true),
          range(3).zip(range(2)),
          range(5).map(String),
        ].map((set) => set.length),
        [3, Infinity, 5, 0, undefined, 2, 5],
      );
    });

    it('shuffle has every element once, another order each pass, the same for a seed', async () => {
      const shuffled = (reshuffleEachIteration = true): data.Dataset<number> => range(50).shuffle(20, { seed: 4, reshuffleEachIteration });
      const set = shuffled();
      const [first, second] = [await set.toArray(), await set.toArray()];
      assert.deepEqual(
        [...first].sort((a, b) => a - b),
        await range(50).toArray(),
      );
      assert.notDeepEqual(first, second);
      const again = shuffled();
      assert.deepEqual([await again.toArray(), await again.toArray()], [first, second]);
      const fixed = shuffled(false);
      assert.deepEqual(await fixed.toArray(), await fixed.toArray());
      const repeated = await range(50).shuffle(50, { seed: 4 }).repeat(2).toArray();
      assert.notDeepEqual(repeated.slice(0, 50), repeated.slice(50));
    });

    it('cache reads its source once', async () => {
      const { set, pulled } = watched(4);
      const cached = set.cache();
      for await (const element of cached) if (element === 1) break; // not a whole pass
      assert.deepEqual(await cached.toArray(), [0, 1, 2, 3]);
      const before = pulled();
      assert.deepEqual(await cached.toArray(), [0, 1, 2, 3]);
      assert.equal(pulled(), before);
    });

    it('batch refuses what does not stack', async () => {
      const shapes = data.fromArray([
        { data: new Float32Array(2), shape: [2] },
        { data: new Float32Array(3), shape: [3] },
      ]);
      await assert.rejects(
        shapes.batch(2).toArray(),
        failure(ShapeError, 'batch: expected elements of one shape, [2], got [3] among them; resize'),
      );
      await assert.rejects(
        data
          .fromArray<unknown>([{ a: 1 }, { b: 1 }])
          .batch(2)
          .toArray(),
        failure(DataError, 'batch: expected elements with the same parts, a, got an object with b'),
      );
      await assert.rejects(
        data.fromArray<unknown>([1, 'x']).batch(2).toArray(),
        failure(DataError, "batch: expected numbers in every element, got 'x'"),
      );
      await assert.rejects(
        data
          .fromArray([Uint8Array.of(1), Float32Array.of(0.5)])
          .batch(2)
          .toArray(),
        failure(DataError, 'batch: expected elements of one type, Uint8Array, got Float32Array among them; bring them to one type'),
      );
    });

    it('refuse what is no function and no data set', () => {
      const set = range(2) as never as Record<string, (given: unknown) => unknown>;
      assert.throws(() => set['filter']!(3), failure(ArgumentError, 'filter: expected a function of an element, got 3'));
      assert.throws(
        () => set['map']!(3),
        failure(ArgumentError, 'map: expected a function, or a module with workers, got 3; (x) => 2 * x'),
      );
      assert.throws(
        () => set['concatenate']!([1]),
        failure(ArgumentError, 'concatenate: expected a data set, got [1]; data.fromArray makes one of a list'),
      );
      assert.throws(() => set['zip']!([1]), failure(ArgumentError, 'zip: expected a list or an object of data sets'));
    });
  });

  describe('backpressure', () => {
    it('nothing is made before it is asked for, and the source is closed with its consumer', async () => {
      const { set, pulled, closed } = watched(1000);
      const chain = set
        .map((x) => x)
        .batch(2)
        .shuffle(2, { seed: 1 });
      assert.equal(pulled(), 0);
      for await (const batch of chain) {
        assert.ok(batch);
        break;
      }
      assert.ok(pulled() <= 8, String(pulled()));
      assert.equal(closed(), 1);
    });

    it('prefetch makes a bounded number ahead', async () => {
      const { set, pulled, closed } = watched(1000);
      const iterator = set.prefetch(3)[Symbol.asyncIterator]();
      await iterator.next();
      await new Promise((resolve) => setTimeout(resolve, 30));
      assert.equal(pulled(), 4);
      await iterator.return!();
      assert.equal(closed(), 1);
    });

    it('concurrent calls of a function are bounded, and their results in order', async () => {
      let running = 0;
      let most = 0;
      const mapped = range(20).map(
        async (x) => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setTimeout(resolve, (x * 7) % 5));
          running--;
          return x * x;
        },
        { concurrency: 4 },
      );
      assert.deepEqual(
        await mapped.toArray(),
        Array.from({ length: 20 }, (_, i) => i * i),
      );
      assert.equal(most, 4);
    });

    it('a failure comes where its element would have', async () => {
      const seen: number[] = [];
      const failing = range(10).map((x) => (x === 4 ? Promise.reject(new RangeError('four')) : Promise.resolve(x)), { concurrency: 3 });
      await assert.rejects(async () => {
        for await (const x of failing) seen.push(x);
      }, RangeError);
      assert.deepEqual(seen, [0, 1, 2, 3]);
    });
  });

  describe('threads', () => {
    it('run a function of a module, and one that stands by itself', async () => {
      assert.deepEqual(await range(6).map({ module }, { workers: 2 }).toArray(), [0, 2, 4, 6, 8, 10]);
      assert.deepEqual(
        await range(3)
          .map((x) => `${x}!`, { workers: 1 })
          .toArray(),
        ['0!', '1!', '2!'],
      );
      const { twice } = {
        async twice(this: void, x: number) {
          return 2 * x;
        },
      };
      assert.deepEqual(await range(3).map(twice, { workers: 1 }).toArray(), [0, 2, 4]);
    });

    it('give the same random numbers in the same order, whatever their number', async () => {
      const drawn = async (workers: number): Promise<unknown> => range(15).map({ module, name: 'noisy' }, { workers, seed: 9 }).toArray();
      const one = await drawn(1);
      assert.deepEqual(await drawn(3), one);
      const here = range(15).map((x, { random }) => ({ data: Float32Array.of(x, random()), shape: [2] }), { seed: 9 });
      assert.deepEqual(await here.toArray(), one);
    });

    it('tell of failures with the element, and of functions that reach outside', async () => {
      await assert.rejects(
        range(9).map({ module, name: 'failing' }, { workers: 2 }).toArray(),
        failure(DataError, 'map on workers, element 3: expected a result, got RangeError: three is too many'),
      );
      const outside = 5;
      await assert.rejects(
        range(2)
          .map((x) => x + outside, { workers: 1 })
          .toArray(),
        failure(
          DataError,
          'map on workers, element 0: expected a function that uses nothing from outside itself, got ReferenceError: outside is not defined; put it in a module',
        ),
      );
      await assert.rejects(
        range(2).map({ module, name: 'none' }, { workers: 1 }).toArray(),
        /expected a module with the function, got TypeError: the module exports no function none, but default, failing, noisy/,
      );
      await assert.rejects(
        range(2)
          .map((x) => () => x, { workers: 1 })
          .toArray(),
        failure(
          DataError,
          'map on workers, element 0: expected a result that can be sent: numbers, texts, typed arrays, got DataCloneError',
        ),
      );
      await assert.rejects(
        range(2)
          .map(() => process.exit(3), { workers: 1 })
          .toArray(),
        failure(DataError, 'map on workers: expected a thread that goes on, got Error: the worker ended with code 3'),
      );
      using live = tensor([1]);
      await assert.rejects(
        data
          .fromArray([{ image: live }])
          .map({ module }, { workers: 1 })
          .toArray(),
        /expected an element that can be sent .*, got TypeError: a tensor lives on its device; read tensors with await t\.data\(\) first/,
      );
      const set = data.fromArray([() => 1]).map({ module }, { workers: 1 });
      await assert.rejects(set.toArray(), /expected an element that can be sent to a thread/);
      assert.throws(() => range(2).map({ module } as never), failure(ArgumentError, 'map: expected a function, or a module with workers'));
    });
  });

  describe('training', () => {
    it('fit, evaluate and predict take a data set; a pass is an epoch', async () => {
      const x = Float32Array.from({ length: 64 }, (_, i) => i / 64);
      const y = x.map((v) => 2 * v + 1);
      const pairs = data.fromTensors([
        { data: x, shape: [64, 1] },
        { data: y, shape: [64, 1] },
      ]);
      const batches = pairs.shuffle(64, { seed: 1 }).batch(16).prefetch(2);
      using model = sequential([1]).add(layers.dense(1));
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      const history = await model.fit(batches, { epochs: 3, verbose: 0, validationData: pairs.batch(32) });
      assert.equal(history.history['loss']!.length, 3);
      assert.ok(history.history['loss']![2]! < history.history['loss']![0]!);
      const { loss } = await model.evaluate(batches, { verbose: 0 });
      assert.ok(Number.isFinite(loss));
      const out = await model.predict(pairs.batch(16), { verbose: 0 });
      assert.deepEqual(out.shape, [64, 1]);
      out.dispose();
    });

    it('stepsPerEpoch beyond a pass goes on with the next, below it leaves the rest for the next epoch', async () => {
      const { set, pulled, closed } = watched(6);
      const batches = set.map(
        (x) =>
          [
            { data: Float32Array.of(x), shape: [1, 1] },
            { data: Float32Array.of(x), shape: [1, 1] },
          ] as const,
      );
      using model = sequential([1]).add(layers.dense(1));
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      await model.fit(batches, { epochs: 2, stepsPerEpoch: 2, verbose: 0 });
      assert.equal(pulled(), 4);
      assert.equal(closed(), 1);
      const four = data
        .fromTensors([
          { data: new Float32Array(4), shape: [4, 1] },
          { data: new Float32Array(4), shape: [4, 1] },
        ])
        .batch(2);
      let steps = 0;
      const counted = Object.assign(
        four.map((batch) => (steps++, batch)),
        {},
      );
      await model.fit(counted, { epochs: 1, stepsPerEpoch: 5, verbose: 0 });
      assert.equal(steps, 5);
    });

    it('an abort ends it while the next batch is still being made, and the source is closed', async () => {
      const one = { data: Float32Array.of(1), shape: [1, 1] };
      const controller = new AbortController();
      let [closed, release]: [boolean, () => void] = [false, () => undefined];
      const slow = data.fromGenerator(async function* () {
        try {
          yield [one, one] as const;
          await new Promise<void>((resolve) => (release = resolve));
          yield [one, one] as const;
        } finally {
          closed = true;
        }
      });
      using model = sequential([1]).add(layers.dense(1));
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      setTimeout(() => controller.abort(new RangeError('enough')), 50);
      await assert.rejects(model.fit(slow, { verbose: 0, signal: controller.signal }), /RangeError: enough/);
      assert.equal(closed, false);
      release();
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(closed, true);
      await model.fit(slow.take(1), { verbose: 0 });
    });

    it('tells of single samples where batches belong, of a generator that was not called, and of data without an end', async () => {
      const pairs = data.fromTensors([
        { data: new Float32Array(8), shape: [4, 2] },
        { data: new Float32Array(4), shape: [4, 1] },
      ]);
      using model = sequential([2]).add(layers.dense(1));
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      const fit = model.fit.bind(model) as (x: unknown, options: unknown) => Promise<unknown>;
      await assert.rejects(
        fit(pairs, { verbose: 0 }),
        /expected as many rows in y as in x, 2, got 1; .*batch\(32\) makes them of single ones/,
      );
      await assert.rejects(
        fit(function* () {}, { verbose: 0 }),
        /^DataError: fit x: .*, got a function; a generator function goes into data\.fromGenerator/,
      );
      await assert.rejects(
        model.predict(pairs.batch(2).repeat() as never),
        /^ArgumentError: predict steps: expected a number of batches for data without an end/,
      );
    });
  });
});
