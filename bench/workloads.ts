/** The models that are timed, as data: every side builds the same layers from the same description, so that none can drift. */

export type LayerSpec =
  | { kind: 'conv2d'; filters: number; kernelSize: number; padding: 'valid' | 'same'; activation: 'relu' }
  | { kind: 'maxPooling2d'; poolSize: number }
  | { kind: 'dropout'; rate: number }
  | { kind: 'flatten' }
  | { kind: 'dense'; units: number; activation: 'linear' | 'relu' | 'softmax' }
  | { kind: 'activation'; activation: 'softmax' };

/** What a side is told: it makes random data of this shape and trains on it. */
export interface WorkloadSpec {
  images: number;
  batch: number;
  optimizer: 'sgd' | 'adam' | 'rmsprop';
  inputShape: number[];
  classes: number;
  layers: LayerSpec[];
}

export interface Workload extends WorkloadSpec {
  name: string;
  title: string;
  /** Images for sides that would need minutes for the whole epoch; rates stay comparable, since a step is the same. */
  fewerImages: Record<string, number>;
}

const image = [28, 28, 1];
const conv = (filters: number, kernelSize: number, padding: 'valid' | 'same' = 'valid'): LayerSpec => ({
  kind: 'conv2d',
  filters,
  kernelSize,
  padding,
  activation: 'relu',
});
const probabilities: LayerSpec = { kind: 'dense', units: 10, activation: 'softmax' };

export const workloads: readonly Workload[] = [
  {
    name: 'W1',
    title: 'linear softmax',
    images: 20000,
    batch: 32,
    optimizer: 'sgd',
    inputShape: [784],
    classes: 10,
    layers: [
      { kind: 'dense', units: 10, activation: 'linear' },
      { kind: 'activation', activation: 'softmax' },
    ],
    fewerImages: { 'tfjs-js': 6400 },
  },
  {
    name: 'W2',
    title: 'first convolutional network',
    images: 12800,
    batch: 128,
    optimizer: 'adam',
    inputShape: image,
    classes: 10,
    layers: [
      conv(32, 3),
      { kind: 'maxPooling2d', poolSize: 2 },
      { kind: 'dropout', rate: 0.25 },
      { kind: 'flatten' },
      { kind: 'dropout', rate: 0.5 },
      probabilities,
    ],
    fewerImages: { 'tfjs-js': 128 },
  },
  {
    name: 'W3',
    title: 'VGG-like network',
    images: 3200,
    batch: 32,
    optimizer: 'sgd',
    inputShape: image,
    classes: 10,
    layers: [
      conv(32, 3, 'same'),
      conv(32, 3, 'same'),
      { kind: 'maxPooling2d', poolSize: 2 },
      conv(64, 3, 'same'),
      conv(64, 3, 'same'),
      { kind: 'maxPooling2d', poolSize: 2 },
      { kind: 'flatten' },
      { kind: 'dense', units: 512, activation: 'relu' },
      probabilities,
    ],
    fewerImages: { 'tfjs-js': 32 },
  },
  {
    name: 'W4',
    title: 'larger convolutional network',
    images: 10000,
    batch: 100,
    optimizer: 'adam',
    inputShape: image,
    classes: 10,
    layers: [
      conv(30, 5),
      { kind: 'maxPooling2d', poolSize: 2 },
      conv(15, 3),
      { kind: 'maxPooling2d', poolSize: 2 },
      { kind: 'dropout', rate: 0.2 },
      { kind: 'flatten' },
      { kind: 'dense', units: 128, activation: 'relu' },
      { kind: 'dense', units: 50, activation: 'relu' },
      probabilities,
    ],
    fewerImages: { 'tfjs-js': 100 },
  },
  {
    name: 'W5',
    title: 'CIFAR-10 network',
    images: 3200,
    batch: 32,
    optimizer: 'rmsprop',
    inputShape: [32, 32, 3],
    classes: 10,
    layers: [
      conv(32, 3, 'same'),
      conv(32, 3),
      { kind: 'maxPooling2d', poolSize: 2 },
      { kind: 'dropout', rate: 0.25 },
      conv(64, 3, 'same'),
      conv(64, 3),
      { kind: 'maxPooling2d', poolSize: 2 },
      { kind: 'dropout', rate: 0.25 },
      { kind: 'flatten' },
      { kind: 'dense', units: 512, activation: 'relu' },
      { kind: 'dropout', rate: 0.5 },
      probabilities,
    ],
    fewerImages: { 'tfjs-js': 32 },
  },
];

/** The description for one side: whole batches, at most `limit` images. */
export function specFor(workload: Workload, side: string, limit: number): WorkloadSpec {
  const { batch, optimizer, inputShape, classes, layers } = workload;
  const wanted = Math.min(workload.fewerImages[side] ?? workload.images, limit);
  const images = Math.max(1, Math.floor(wanted / batch)) * batch;
  return { images, batch, optimizer, inputShape, classes, layers };
}
