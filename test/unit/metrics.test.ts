import assert from 'node:assert/strict';
import { layers, losses, metrics, ops, sequential, tensor, type Tensor } from '../../lib/index.js';
import { serialize } from '../../lib/options/index.js';
import { assertClose } from '../support/close.js';
import { refuses } from '../support/refused.js';

class Positives extends metrics.Metric {
  readonly className = 'Positives';
  private readonly count = this.addVariable('count');

  updateState(_yTrue: Tensor, yPred: Tensor): void {
    this.addTo(this.count, ops.sum(ops.cast(ops.greater(yPred, 0.5), 'float32')));
  }

  result(): Tensor {
    return ops.copy(this.count);
  }
}

describe('metrics', () => {
  it('come back from their configs and from their factories', () => {
    const made = [
      metrics.auc({ curve: 'PR', thresholds: [0.2, 0.7] }),
      metrics.precision({ topK: 2 }),
      metrics.recallAtPrecision({ precision: 0.6 }),
      metrics.f1Score({ average: 'macro' }),
      metrics.fBetaScore({ beta: 2 }),
      metrics.ioU({ numClasses: 3, targetClassIds: [1] }),
      metrics.meanIoU({ numClasses: 2 }),
      metrics.binaryIoU(),
      metrics.oneHotIoU({ numClasses: 3, targetClassIds: [0, 2] }),
      metrics.oneHotMeanIoU({ numClasses: 3 }),
      metrics.r2Score({ numRegressors: 1 }),
      metrics.pearsonCorrelation({ axis: 0 }),
      metrics.cosineSimilarity(),
      metrics.accuracy(),
    ];
    for (const one of made) assert.deepEqual(serialize(metrics.get(serialize(one))), serialize(one));
    assert.equal(metrics.get(metrics.auc).className, 'AUC');
    assert.equal(metrics.get(metrics.accuracy, [4], [4, 3]).className, 'SparseCategoricalAccuracy');
    assert.equal(metrics.get('mape').name, 'mape');
  });

  it('count at many thresholds as one by one', () => {
    const [y, p] = [tensor([0, 1, 1, 0, 1]), tensor([0, 0.25, 0.5, 0.75, 1])];
    const even = metrics.auc({ numThresholds: 5 });
    const given = metrics.auc({ thresholds: [0.25, 0.5, 0.75].map((t) => t + 1e-9) });
    even.updateState(y, p);
    given.updateState(y, p);
    assertClose(even.result(), given.result().dataSync()[0]!);
    const areas = metrics.auc({ multiLabel: true, labelWeights: [1, 3] });
    areas.updateState(
      tensor([
        [0, 1],
        [1, 0],
      ]),
      tensor([
        [0.2, 0.1],
        [0.9, 0.8],
      ]),
    );
    assertClose(areas.result(), 0.25);
  });

  it('follow training in captured steps, own classes and vectors of states included', async () => {
    const x = tensor([[0], [1], [2], [3]]);
    const y = tensor([[0], [0], [1], [1]]);
    const model = sequential([1]).add(layers.dense(1, { activation: 'sigmoid' }));
    model.compile({
      optimizer: 'adam',
      loss: losses.binaryCrossentropy(),
      metrics: [
        metrics.auc(),
        metrics.f1Score({ average: 'micro', threshold: 0.5 }),
        metrics.r2Score(),
        new Positives('positives'),
        'precision',
      ],
    });
    const { history } = await model.fit(x, y, { batchSize: 2, epochs: 2, verbose: 0 });
    assert.deepEqual(Object.keys(history).sort(), ['auc', 'f1_score', 'loss', 'positives', 'precision', 'r2_score']);
    const figures = await model.evaluate(x, y, { batchSize: 3, verbose: 0 });
    const p = (await model.predict(x)) as Tensor;
    assert.equal(figures['positives'], [...p.dataSync()].filter((one) => one > 0.5).length);
    model.dispose();
  });

  it('with several figures are refused by a model', async () => {
    const model = sequential([1]).add(layers.dense(2));
    model.compile({ loss: 'mse', metrics: [metrics.f1Score()] });
    await assert.rejects(
      model.fit(tensor([[0]]), tensor([[0, 1]]), { verbose: 0 }),
      /metric f1_score: expected one figure, got a result of shape \[2\]/,
    );
    model.dispose();
  });

  refuses([
    [
      'a class that is not there',
      () => metrics.ioU({ numClasses: 2, targetClassIds: [2] }),
      'ArgumentError',
      'io_u: expected classes from 0 to 1, got 2',
    ],
    ['a condition outside', () => metrics.precisionAtRecall({ recall: 2 }), 'ArgumentError', 'precisionAtRecall recall'],
    ['labels without multiLabel', () => metrics.auc({ numLabels: 2 }), 'ArgumentError', 'auc: expected numLabels with multiLabel only'],
  ]);
});
