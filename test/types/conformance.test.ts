/**
 * Type-level shapes against run-time shapes, sentences included: random layers on random inputs are given to the compiler and to
 * `computeOutputShape`, and both must come to the same shape or refuse in the same words.
 */
import assert from 'node:assert/strict';
import { layers, NodeCudnnError } from '../../lib/index.js';
import { compile } from './compile.js';

function randoms(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

interface Case {
  factory: string;
  options: Record<string, unknown>;
  input: readonly number[];
}

/** Layers with the options that their shape depends on. Small images, so that a good part of the windows does not fit. */
function cases(count: number): Case[] {
  const random = randoms(7);
  const whole = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const one = <T>(...of: T[]): T => of[whole(0, of.length - 1)]!;
  const pair = (low: number, high: number): unknown => one<unknown>(whole(low, high), [whole(low, high), whole(low, high)]);
  const format = (): unknown => one('channelsLast', 'channelsFirst');
  const image = (): number[] => (random() < 0.1 ? [whole(1, 9), whole(1, 9)] : [whole(1, 9), whole(1, 9), one(1, 2, 3, 4, 6)]);
  const window = (size: string): Record<string, unknown> => {
    const strides = random() < 0.5;
    return {
      [size]: pair(1, 4),
      padding: one('valid', 'same'),
      dataFormat: format(),
      ...(strides && { strides: pair(1, 3) }),
    };
  };
  const conv = (): Record<string, unknown> => {
    const options = window('kernelSize');
    return options.strides === undefined && random() < 0.5 ? { ...options, dilationRate: pair(1, 3) } : options;
  };
  // The same for sequences (1) and volumes (3).
  const sizes = (spatial: number, low: number, high: number): unknown =>
    one<unknown>(
      whole(low, high),
      Array.from({ length: spatial }, () => whole(low, high)),
    );
  const grid = (spatial: number): number[] => Array.from({ length: spatial + (random() < 0.1 ? 0 : 1) }, () => whole(1, 7));
  const over = (spatial: number, size: string): Record<string, unknown> => {
    const strides = random() < 0.5;
    return {
      [size]: sizes(spatial, 1, 3),
      padding: size === 'kernelSize' && spatial === 1 ? one('valid', 'same', 'causal') : one('valid', 'same'),
      dataFormat: format(),
      ...(strides && { strides: sizes(spatial, 1, 3) }),
    };
  };
  const convOver = (spatial: number): Record<string, unknown> => {
    const options = over(spatial, 'kernelSize');
    return options.strides === undefined && random() < 0.5 ? { ...options, dilationRate: sizes(spatial, 1, 3) } : options;
  };
  const transposed = (spatial: number): Record<string, unknown> => ({ ...convOver(spatial), padding: one('valid', 'same') });
  const margins = (spatial: number): unknown =>
    spatial === 1
      ? one<unknown>(2, [1, 0])
      : one<unknown>(
          1,
          Array.from({ length: spatial }, () => whole(0, 2)),
          Array.from({ length: spatial }, () => [whole(0, 2), whole(0, 1)]),
        );
  const grids = [1, 3].flatMap((r): (() => Case)[] => [
    () => ({ factory: `conv${r}d`, options: { filters: one(4, 6), ...convOver(r), ...(random() < 0.3 && { groups: whole(1, 3) }) }, input: grid(r) }), // prettier-ignore
    () => ({ factory: `conv${r}dTranspose`, options: { filters: whole(1, 5), ...transposed(r) }, input: grid(r) }),
    () => ({ factory: `maxPooling${r}d`, options: over(r, 'poolSize'), input: grid(r) }),
    () => ({ factory: `averagePooling${r}d`, options: over(r, 'poolSize'), input: grid(r) }),
    () => ({ factory: `globalAveragePooling${r}d`, options: { dataFormat: format(), keepdims: one(true, false) }, input: grid(r) }),
    () => ({ factory: `globalMaxPooling${r}d`, options: {}, input: grid(r) }),
    () => ({ factory: `zeroPadding${r}d`, options: { padding: margins(r), dataFormat: format() }, input: grid(r) }),
    () => ({ factory: `cropping${r}d`, options: { cropping: margins(r), ...(r > 1 && { dataFormat: format() }) }, input: grid(r) }),
    () => ({ factory: `adaptiveMaxPooling${r}d`, options: { outputSize: sizes(r, 1, 4), dataFormat: format() }, input: grid(r) }),
    () => ({ factory: `upSampling${r}d`, options: { size: sizes(r, 1, 3), ...(r > 1 && { dataFormat: format() }) }, input: grid(r) }),
  ]);
  const films = (spatial: number): Case => ({
    factory: `convLstm${spatial}d`,
    options: { filters: whole(1, 4), ...convOver(spatial), padding: one('valid', 'same'), returnSequences: one(true, false) },
    input: [whole(1, 3), ...grid(spatial)],
  });
  const kinds: (() => Case)[] = [
    ...grids,
    () => films(one(1, 3)),
    () => films(2),
    () => ({ factory: 'depthwiseConv1d', options: { ...convOver(1), depthMultiplier: whole(1, 3) }, input: grid(1) }),
    () => ({ factory: 'separableConv1d', options: { filters: whole(1, 4), ...convOver(1) }, input: grid(1) }),
    () => ({ factory: 'separableConv2d', options: { filters: whole(1, 4), ...conv() }, input: image() }),
    () => ({ factory: one('resizing', 'centerCrop', 'randomCrop'), options: { height: whole(1, 5), width: whole(1, 5), dataFormat: format() }, input: image() }), // prettier-ignore
    () => ({ factory: one('randomFlip', 'randomRotation', 'randomZoom', 'randomBrightness', 'randomContrast', 'randomHue', 'randomInvert', 'randomGrayscale', 'randomSharpness', 'randomShear', 'solarization', 'equalization', 'randomErasing', 'randomPerspective', 'randomElasticTransform', 'contrastLimitedAdaptiveHistogramEqualization', 'randAugment', 'augMix', 'mixUp', 'cutMix'), options: { dataFormat: format() }, input: image() }), // prettier-ignore
    () => ({ factory: 'repeatVector', options: { n: whole(1, 5) }, input: one<number[]>([4], [2, 3]) }),
    () => ({ factory: 'categoryEncoding', options: { numTokens: whole(2, 5), outputMode: one('oneHot', 'multiHot', 'count') }, input: one<number[]>([4], [1], [], [2, 3]) }), // prettier-ignore
    () => ({ factory: 'discretization', options: { binBoundaries: [0, 1], outputMode: one('int', 'oneHot', 'count') }, input: one<number[]>([4], [], [2, 3]) }), // prettier-ignore
    () => ({ factory: 'einsumDense', options: { equation: 'abc,cd->abd', outputShape: [one(null, 3), whole(1, 9)] }, input: [3, 4] }),
    () => ({ factory: 'cropping2d', options: { cropping: margins(2), dataFormat: format() }, input: image() }),
    () => ({ factory: 'upSampling2d', options: { size: pair(1, 3), dataFormat: format() }, input: image() }),
    () => ({
      factory: 'conv2d',
      options: { filters: one(4, 6, 12), ...conv(), ...(random() < 0.3 && { groups: whole(1, 4) }) },
      input: image(),
    }),
    () => ({ factory: 'depthwiseConv2d', options: { ...conv(), depthMultiplier: whole(1, 3) }, input: image() }),
    () => ({ factory: 'conv2dTranspose', options: { filters: whole(1, 5), ...conv() }, input: image() }),
    () => ({ factory: 'maxPooling2d', options: window('poolSize'), input: image() }),
    () => ({ factory: 'averagePooling2d', options: window('poolSize'), input: image() }),
    () => ({ factory: 'globalAveragePooling2d', options: { dataFormat: format(), keepdims: one(true, false) }, input: image() }),
    () => ({ factory: 'globalMaxPooling2d', options: {}, input: image() }),
    () => ({ factory: 'zeroPadding2d', options: { padding: one<unknown>(2, [1, 0], [[0, 1], [2, 3]]), dataFormat: format() }, input: image() }), // prettier-ignore
    () => ({ factory: 'dense', options: { units: whole(1, 2000) }, input: one<number[]>([784], [3, 5], [], [2, 3, 4]) }),
    () => ({ factory: 'flatten', options: {}, input: one<number[]>([28, 28, 3], [7], [], [13, 17, 640]) }),
    () => ({ factory: 'reshape', options: { targetShape: one<number[]>([-1, 7], [28, 28, 1], [784], [2, -1, 49]) }, input: one<number[]>([784], [28, 28], [10, 3]) }), // prettier-ignore
    () => ({ factory: 'permute', options: { dims: one<number[]>([2, 1, 3], [3, 1, 2], [2, 1]) }, input: one<number[]>([4, 5, 6], [4, 5]) }), // prettier-ignore
    () => ({ factory: 'embedding', options: { inputDim: 10, outputDim: whole(1, 64) }, input: one<number[]>([20], [3, 4]) }),
    () => ({ factory: one('dropout', 'rescaling', 'batchNormalization', 'identity', 'softmax', 'relu'), options: {}, input: image() }),
  ];
  return Array.from({ length: count }, (_, i) => kinds[i % kinds.length]!());
}

/** Options that a factory cannot do without. */
const needed: Record<string, Record<string, unknown>> = {
  dropout: { rate: 0.5 },
  rescaling: { scale: 0.5 },
  randomRotation: { factor: 0.1 },
  randomZoom: { heightFactor: 0.1 },
  randomBrightness: { factor: 0.1 },
  randomContrast: { factor: 0.1 },
  randomHue: { factor: 0.1 },
  randomSharpness: { factor: 0.1 },
};

function atRunTime({ factory, options, input }: Case): string {
  const make = (layers as unknown as Record<string, (options: object) => layers.Layer>)[factory]!;
  try {
    const [, ...shape] = make({ ...needed[factory], ...options }).computeOutputShape([null, ...input]) as readonly (number | null)[];
    return `[${shape.join(', ')}]`;
  } catch (error) {
    if (error instanceof NodeCudnnError) return error.message;
    throw error;
  }
}

describe('shapes of layers', () => {
  it('are the same to the compiler and at run time, refusals included', function () {
    this.timeout(120_000);
    const all = cases(700);
    const lines = all.map(({ factory, options, input }, i) => {
      const call = `layers.${factory}(${JSON.stringify({ ...needed[factory], ...options })})`;
      return `export const m${i} = sequential(${JSON.stringify(input)}, {}).add(${call});`;
    });
    const compiled = compile([], { 'layers-at-random.ts': [`import { layers, sequential } from 'node-cudnn';`, ...lines].join('\n') });
    const errors = new Map(compiled.errors('layers-at-random.ts').map(({ line, text }) => [line, text]));
    let refused = 0;
    const wrong: string[] = [];
    all.forEach((one, i) => {
      const got = atRunTime(one);
      const line = i + 2;
      const said = errors.get(line) ?? '';
      const type = compiled.typeOn('layers-at-random.ts', line) ?? '';
      if (!got.startsWith('[')) refused++;
      const same = got.startsWith('[')
        ? said === '' && type === `Sequential<[${one.input.join(', ')}], ${got}>`
        : said.includes(`type '"${got}"'`);
      if (!same) wrong.push(`${lines[i]}\n      run time: ${got}\n      compiler: ${said || type}`);
    });
    assert.equal(wrong.length, 0, `\n    ${wrong.join('\n    ')}`);
    assert.ok(refused > 20 && refused < 400, `expected a mix of fitting and refused layers, got ${refused} refused of ${all.length}`);
  });
});
