/** What convolutional LSTMs over sequences of sequences, images and volumes share. */
import { ShapeError } from '../../errors.js';
import * as ops from '../../ops/index.js';
import { type Config, readOptions } from '../../options/index.js';
import { Tensor } from '../../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../../types/layer.js';
import { framesInput } from '../../types/messages.js';
import type { DataFormat } from '../defaults.js';
import type { CallOptions } from '../layer.js';
import { type BatchShape, isShapeList, type Shapes, withoutBatch } from '../symbolic.js';
import { dataFormatReader, type Spatial } from '../window.js';
import { ConvLSTMCell, type ConvLSTMCellOptions, convCellReaders, turned } from './conv-lstm-cell.js';
import { RNN, type SequenceOptions, sequenceReaders } from './rnn.js';
import { cellOptions, sequenceOptions } from './split.js';

/** Options of `layers.convLstm1d`, `convLstm2d` and `convLstm3d`. */
export interface ConvLSTMOptions extends ConvLSTMCellOptions, SequenceOptions {
  /** Channels last, or right after the steps. */
  dataFormat?: DataFormat;
}

/** An LSTM whose products are convolutions: states and outputs are sequences, images or volumes. Inside, all frames are channels last. */
export abstract class ConvLSTM<F extends ShapeFn = AnyShape> extends RNN<F> {
  declare readonly cell: ConvLSTMCell;
  private readonly dataFormat: DataFormat;

  constructor(
    kind: string,
    private readonly spatial: Spatial,
    options: ConvLSTMOptions,
  ) {
    const readers = convCellReaders(spatial);
    const read = readOptions(kind, options, { ...readers, ...sequenceReaders, dataFormat: dataFormatReader });
    const cell = new ConvLSTMCell(spatial, cellOptions(read, readers, 'conv_lstm_cell'), read.dataFormat);
    super({ ...sequenceOptions(read), cell }, kind);
    this.dataFormat = read.dataFormat;
  }

  private get channelsFirst(): boolean {
    return this.dataFormat === 'channelsFirst';
  }

  /** The shape of the sequence, channels last. */
  protected override sequenceShape(shape: Shapes): BatchShape {
    const own = isShapeList(shape) ? shape[0]! : shape;
    if (own.length !== this.spatial + 3) {
      throw new ShapeError(framesInput(this.kind, withoutBatch(own), this.dataFormat, this.spatial));
    }
    return this.channelsFirst ? turned(own, 2, 'last') : own;
  }

  protected override stateShapes(shape: BatchShape): BatchShape[] {
    const state = this.cell.stateShape([shape[0]!, ...shape.slice(2)]);
    return [state, state];
  }

  protected override outputTail(shape: BatchShape): BatchShape {
    return this.stateShapes(shape)[0]!.slice(1);
  }

  override build(inputShape: Shapes): void {
    const shape = this.sequenceShape(inputShape);
    if (this.sequence.stateful && shape.slice(2).includes(null)) {
      throw new ShapeError({
        where: this.kind,
        expected: 'fixed sides where it is stateful',
        received: `[${withoutBatch(isShapeList(inputShape) ? inputShape[0]! : inputShape)
          .map((dim) => dim ?? '?')
          .join(', ')}]`,
        hint: 'give the sides of the input shape as numbers',
      });
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): Shapes {
    const last = super.computeOutputShape(inputShape);
    if (!this.channelsFirst) return last;
    const output = this.sequence.returnSequences ? 2 : 1;
    return isShapeList(last) ? last.map((shape, i) => turned(shape, i === 0 ? output : 1, 'first')) : turned(last, output, 'first');
  }

  override call(inputs: Tensor | readonly Tensor[], options: CallOptions): Tensor | readonly Tensor[] {
    if (!this.channelsFirst) return super.call(inputs, options);
    const move = (x: Tensor, from: number, to: 'last' | 'first'): Tensor => {
      const axes = Array.from(x.shape.keys());
      return ops.transpose(x, turned(axes, from, to));
    };
    const turn = (list: readonly Tensor[], from: number, to: 'last' | 'first'): Tensor[] =>
      list.map((x, i) => move(x, i === 0 ? from : 1, to));
    const result = super.call(inputs instanceof Tensor ? move(inputs, 2, 'last') : turn(inputs, 2, 'last'), options);
    const output = this.sequence.returnSequences ? 2 : 1;
    return result instanceof Tensor ? move(result, output, 'first') : turn(result, output, 'first');
  }

  protected override cellConfig(): Config {
    const { name: _, trainable: __, dtype: ___, ...config } = this.cell.getConfig();
    return { ...config, dataFormat: this.dataFormat };
  }
}
