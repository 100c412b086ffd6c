/** MNIST and Fashion-MNIST: 60,000 and 10,000 grey images of 28x28, ten classes. */
import { FormatError } from '../errors.js';
import { tensor } from '../tensor/create.js';
import type { Tensor } from '../tensor/tensor.js';
import { readIdx } from './idx.js';
import { dataFiles, type RemoteFile, type StoreOptions } from './store.js';

/** Images and labels for training and for testing. */
export interface ImageSet<Train extends number, Test extends number, Image extends readonly number[]> {
  train: { x: Tensor<[Train, ...Image], 'uint8'>; y: Tensor<[Train], 'uint8'> };
  test: { x: Tensor<[Test, ...Image], 'uint8'>; y: Tensor<[Test], 'uint8'> };
}

const names = ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'];

function filesOf(base: string, hashes: readonly string[]): RemoteFile[] {
  return names.map((name, i) => ({ name, sha256: hashes[i]!, url: `${base}/${name}.gz` }));
}

const mnistFiles = filesOf('https://ossci-datasets.s3.amazonaws.com/mnist', [
  'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
]);

const fashionFiles = filesOf('http://fashion-mnist.s3-website.eu-central-1.amazonaws.com', [
  'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
  'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
  '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
  '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
]);

async function load(set: string, files: readonly RemoteFile[], options: StoreOptions): Promise<ImageSet<60000, 10000, [28, 28]>> {
  const contents = await dataFiles(set, files, options);
  const [trainX, trainY, testX, testY] = contents.map((bytes, i) => readIdx(files[i]!.name, bytes));
  const made = (array: { shape: number[]; data: Uint8Array }, shape: number[]): Tensor => {
    if (array.shape.join() === shape.join()) return tensor(array.data, shape);
    throw new FormatError({ where: set, expected: `shape [${shape.join(', ')}]`, received: `[${array.shape.join(', ')}]` });
  };
  return {
    train: { x: made(trainX!, [60000, 28, 28]), y: made(trainY!, [60000]) },
    test: { x: made(testX!, [10000, 28, 28]), y: made(testY!, [10000]) },
  } as unknown as ImageSet<60000, 10000, [28, 28]>;
}

/**
 * The MNIST digits (LeCun, Cortes, Burges): pixels from 0 (background) to 255, labels 0 to 9. Downloaded at the first use (11.6 MB) unless
 * `NODE_CUDNN_DATA` or `directory` names a folder that holds the four idx files, plain or as .gz.
 *
 * @example
 * const { train, test } = await datasets.mnist();   // train.x: Tensor<[60000, 28, 28], 'uint8'>
 */
export function mnist(options: StoreOptions = {}): Promise<ImageSet<60000, 10000, [28, 28]>> {
  return load('mnist', mnistFiles, options);
}

/**
 * Fashion-MNIST (Zalando Research, MIT licence): clothes in the form of MNIST. The names of the classes are in `fashionMnistClasses`.
 *
 * @example
 * const { train } = await datasets.fashionMnist({ directory: 'data' });
 */
export function fashionMnist(options: StoreOptions = {}): Promise<ImageSet<60000, 10000, [28, 28]>> {
  return load('fashion-mnist', fashionFiles, options);
}

/** Names of the classes of Fashion-MNIST, by label. */
export const fashionMnistClasses = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;
