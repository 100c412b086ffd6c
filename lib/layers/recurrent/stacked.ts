/** Cells one upon the other. */
import { ArgumentError } from '../../errors.js';
import { type Config, describe, isSerialized, type Reader, readOptions, serialize } from '../../options/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../../types/layer.js';
import { type CallOptions, common, type LayerOptions, layerReaders } from '../layer.js';
import { fromConfig, registerLayer } from '../registry.js';
import type { Shapes } from '../symbolic.js';
import { RNNCell } from './cell.js';

/** Options of `layers.stackedRnnCells`. */
export interface StackedRNNCellsOptions extends LayerOptions {
  cells: readonly RNNCell[];
}

const cells: Reader<readonly RNNCell[]> = (value, where) => {
  const list = Array.isArray(value) ? value.map((one) => (isSerialized(one) ? fromConfig(one) : (one as unknown))) : [];
  if (list.length > 0 && list.every((one) => one instanceof RNNCell)) return list;
  throw new ArgumentError({ where, expected: 'a list of cells', received: describe(value), hint: 'for example [layers.gruCell(8)]' });
};

/** Several cells as one: the output of each is the input of the next. */
export class StackedRNNCells<F extends ShapeFn = AnyShape> extends RNNCell<F> {
  readonly cells: readonly RNNCell[];

  constructor(options: StackedRNNCellsOptions) {
    const read = readOptions('stackedRnnCells', options, { ...layerReaders, cells });
    super(common(read));
    this.cells = read.cells;
  }

  override get className(): string {
    return 'StackedRNNCells';
  }

  get stateSizes(): readonly number[] {
    return this.cells.flatMap((cell) => cell.stateSizes);
  }

  override get outputSize(): number {
    return this.cells.at(-1)!.outputSize;
  }

  override build(inputShape: Shapes): void {
    let shape = this.inputOf(inputShape);
    for (const cell of this.cells) {
      if (!cell.built) {
        cell.build(shape);
        cell.built = true;
      }
      shape = [shape[0]!, cell.outputSize];
    }
    super.build(inputShape);
  }

  override call(inputs: Tensor | readonly Tensor[], { training = false }: CallOptions): readonly Tensor[] {
    const [x, ...states] = inputs as readonly Tensor[];
    let output = x!;
    const next: Tensor[] = [];
    let from = 0;
    for (const cell of this.cells) {
      const own = states.slice(from, (from += cell.stateSizes.length));
      const [made, ...after] = cell.call([output, ...own], { training }) as readonly Tensor[];
      output = made!;
      next.push(...after);
    }
    return [output, ...next];
  }

  override getConfig(): Config {
    return { ...super.getConfig(), cells: this.cells.map((cell) => serialize(cell)) };
  }
}

registerLayer('StackedRNNCells', StackedRNNCells);

/**
 * Several cells as one. `layers.rnn([...])` makes it by itself. Source: Keras 3, keras.layers.StackedRNNCells.
 *
 * @example
 * layers.rnn(layers.stackedRnnCells([layers.lstmCell(32), layers.lstmCell(16)]));
 */
export function stackedRnnCells(given: readonly RNNCell[], options?: Omit<StackedRNNCellsOptions, 'cells'>): StackedRNNCells {
  return new StackedRNNCells({ ...options, cells: given });
}
