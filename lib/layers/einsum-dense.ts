/** The fully connected layer over axes of one's choice. */
import { ArgumentError, ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, describe, nullable, type Read, type Reader, readOptions, text } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { EinsumDenseShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { biasWeight, kernelConfig, type KernelOptions, kernelReaders, kernelWeight } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { type BatchShape, type Dim, type Shapes, withoutBatch } from './symbolic.js';
import type { Weight } from './weight.js';

type Sizes = number | readonly (number | null)[];

/** Options of `layers.einsumDense`. */
export interface EinsumDenseOptions<E extends string = string, S extends Sizes = Sizes>
  extends LayerOptions, Omit<KernelOptions, 'useBias'> {
  /** Axes of the input, of the kernel and of the output, as in 'abc,cd->abd'; '...' stands for axes that stay. */
  equation: E;
  /** Shape of the output without the batch and without what '...' stands for; null is found from the input. */
  outputShape: S;
  /** Letters of the output's axes that have a bias; none by default. */
  biasAxes?: string | null;
}

const outputShape: Reader<Sizes> = (value, where) => {
  const dims: readonly unknown[] = Array.isArray(value) ? value : [value];
  const fits = (dim: unknown): boolean => (dim === null && Array.isArray(value)) || (Number.isSafeInteger(dim) && (dim as number) >= 1);
  if (dims.every(fits)) return Array.isArray(value) ? [...(value as number[])] : (value as number);
  throw new ArgumentError({ where, expected: 'a whole number of at least 1, or a list of them and null', received: describe(value) });
};

const { useBias: _, ...withoutUseBias } = kernelReaders;
const readers = { ...layerReaders, ...withoutUseBias, equation: text, outputShape, biasAxes: nullable(text) };

/** The letters of an equation; '...' may stand before or behind those of the input and the output. */
interface Terms {
  input: string;
  kernel: string;
  output: string;
  dots: 'none' | 'before' | 'behind';
}

function termsOf(equation: string): Terms {
  const found = /^(\.\.\.)?([A-Za-z]+)(\.\.\.)?,([A-Za-z]+)->(\.\.\.)?([A-Za-z]+)(\.\.\.)?$/.exec(equation.replaceAll(' ', ''));
  if (found) {
    const [, inBefore, input, inBehind, kernel, outBefore, output, outBehind] = found as unknown as string[];
    const [before, behind] = [inBefore ?? '', inBehind ?? ''];
    if (before === (outBefore ?? '') && behind === (outBehind ?? '') && !(before && behind)) {
      return { input: input!, kernel: kernel!, output: output!, dots: before ? 'before' : behind ? 'behind' : 'none' };
    }
  }
  throw new ArgumentError({
    where: 'einsumDense equation',
    expected: "input,kernel->output, as in 'abc,cd->abd' or '...x,xy->...y'",
    received: `'${equation}'`,
  });
}

/** What the shapes are for an input. */
interface Sizing {
  output: Dim[];
  kernel: Dim[];
  /** Ends with the last axis of the output; 1 where there is no bias. */
  bias: Dim[];
}

/** A product of the input with a kernel by an equation, plus a bias. */
export class EinsumDense<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<typeof readers>;
  private readonly terms: Terms;
  private kernel!: Weight;
  private bias: Weight | undefined;

  constructor(options: EinsumDenseOptions) {
    const read = readOptions('einsumDense', options, readers);
    super(common(read));
    this.options = read;
    this.terms = termsOf(read.equation);
    const { input, kernel, output } = this.terms;
    const lost = [...output].find((letter) => !input.includes(letter) && !kernel.includes(letter));
    const alone = [...kernel].find((letter) => !input.includes(letter) && !output.includes(letter));
    const noAxis = [...(read.biasAxes ?? '')].find((letter) => !output.includes(letter));
    const refuse = (where: string, expected: string, letter: string): ArgumentError =>
      new ArgumentError({ where: `einsumDense ${where}`, expected, received: `'${letter}' in '${read.equation}'` });
    if (lost !== undefined) throw refuse('equation', 'letters of the output that the input or the kernel has', lost);
    if (alone !== undefined) throw refuse('equation', 'letters of the kernel that the input or the output has', alone);
    if (noAxis !== undefined) throw refuse('biasAxes', 'letters of the output', noAxis);
  }

  override get className(): string {
    return 'EinsumDense';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  private sizing(shape: BatchShape): Sizing {
    const { input, kernel, output, dots } = this.terms;
    const { outputShape: given, biasAxes } = this.options;
    const hidden = shape.length - input.length;
    const wanted = dots === 'none' ? hidden === 0 : hidden >= 1;
    const sizes = typeof given === 'number' ? [given] : given;
    // The batch is the first letter, or among what the dots stand for.
    const named = output.length - (dots === 'before' ? 0 : 1);
    if (!wanted || sizes.length !== named) {
      const what = wanted
        ? `an outputShape of ${named} dimensions`
        : `an input of ${input.length}${dots === 'none' ? '' : ' or more'} axes, with the batch`;
      const received = wanted ? `[${sizes.join(', ')}]` : `[${withoutBatch(shape).join(', ')}] and the batch`;
      throw new ShapeError({ where: `einsumDense '${this.options.equation}'`, expected: what, received });
    }
    const first = dots === 'before' ? hidden : 0;
    const dims = new Map<string, Dim>([...input].map((letter, i) => [letter, shape[first + i]!]));
    [...output].forEach((letter, i) => {
      const size = dots === 'before' ? sizes[i]! : i === 0 ? null : sizes[i - 1]!;
      const known = dims.get(letter) ?? null;
      if (known !== null && size !== null && known !== size) {
        throw new ShapeError({
          where: `einsumDense '${this.options.equation}'`,
          expected: `outputShape with ${known} for '${letter}', as the input has`,
          received: `${size}`,
          hint: 'use null for what follows from the input',
        });
      }
      dims.set(letter, known ?? size);
    });
    const letters = (term: string): Dim[] => [...term].map((letter) => dims.get(letter) ?? null);
    const elided = dots === 'before' ? shape.slice(0, hidden) : shape.slice(shape.length - hidden);
    const begins = biasAxes === null ? 0 : Math.min(...[...biasAxes].map((letter) => output.indexOf(letter)));
    const bias = [...output].slice(begins).map((letter) => (biasAxes?.includes(letter) ? (dims.get(letter) ?? null) : 1));
    return {
      output: dots === 'before' ? [...elided, ...letters(output)] : [...letters(output), ...(dots === 'behind' ? elided : [])],
      kernel: letters(kernel),
      bias: dots === 'behind' ? [...bias, ...elided.map(() => 1)] : bias,
    };
  }

  override build(inputShape: Shapes): void {
    const { options } = this;
    const { kernel, bias } = this.sizing(inputShape as BatchShape);
    const known = (dims: readonly Dim[]): number[] => {
      if (!dims.includes(null)) return dims as number[];
      throw new ShapeError({
        where: 'einsumDense',
        expected: 'known lengths of the axes that weights have',
        received: `[${withoutBatch(inputShape as BatchShape)
          .map((dim) => dim ?? '?')
          .join(', ')}]`,
        hint: 'give them in the input shape or in outputShape',
      });
    };
    this.kernel = this.addWeight(kernelWeight(options, known(kernel)));
    if (options.biasAxes !== null) {
      this.bias = this.addWeight(biasWeight(options, known(bias)));
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { output, kernel } = this.sizing(inputShape as BatchShape);
    this.kernel?.kerasShape.forEach((dim, i) => {
      if (kernel[i] === null || kernel[i] === dim) return;
      throw new ShapeError({
        where: 'einsumDense',
        expected: `${dim} along '${this.terms.kernel[i]}', as ${this.name} was built for`,
        received: `${kernel[i]}`,
        hint: 'give it an input of the same shape, or use another layer',
      });
    });
    return output;
  }

  override call(x: Tensor): Tensor {
    const y = ops.einsum(this.options.equation.replaceAll(' ', ''), x, this.kernel);
    return this.options.activation.call(this.bias ? ops.add(y, this.bias) : y);
  }

  override getConfig(): Config {
    const { equation, outputShape: size, biasAxes } = this.options;
    const { useBias: _unused, ...kernel } = kernelConfig({ ...this.options, useBias: true });
    return { activityRegularizer: null, ...super.getConfig(), equation, outputShape: size, biasAxes, ...kernel };
  }
}

registerLayer('EinsumDense', EinsumDense);

/**
 * `activation(einsum(equation, x, kernel) + bias)`: a fully connected layer over any axes. Source: Keras 3, keras.layers.EinsumDense.
 *
 * Shapes: those of the equation; `outputShape` says what the input does not. Weights: kernel and, with `biasAxes`, bias, with the axes that
 * their letters name. An ArgumentError for an equation that cannot be, a ShapeError for an input that does not fit it.
 *
 * @example
 * layers.einsumDense('abc,cd->abd', [null, 64], { biasAxes: 'd' });      // dense over the last axis
 * layers.einsumDense('...x,xy->...y', 64, { biasAxes: 'y' });            // the same for any rank
 * layers.einsumDense('abc,cde->abde', [null, 8, 32], { biasAxes: 'de' });   // heads of attention
 */
export function einsumDense<const E extends string, const S extends Sizes>(
  equation: E,
  outputShape: S,
  options?: Omit<EinsumDenseOptions, 'equation' | 'outputShape'>,
): EinsumDense<EinsumDenseShape<E, S>>;
export function einsumDense<const E extends string, const S extends Sizes>(
  options: EinsumDenseOptions<E, S>,
): EinsumDense<EinsumDenseShape<E, S>>;
export function einsumDense(equation: string | EinsumDenseOptions, outputSize?: Sizes, options?: object): EinsumDense {
  const all = typeof equation === 'object' ? equation : { ...options, equation, outputShape: outputSize! };
  return new EinsumDense(all);
}
