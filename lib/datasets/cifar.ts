/** CIFAR-10 and CIFAR-100: colour images of 32x32 (Krizhevsky, Nair, Hinton), in the binary version. */
import { FormatError } from '../errors.js';
import { oneOf, optional, readOptions } from '../options/index.js';
import { tensor } from '../tensor/create.js';
import type { ImageSet } from './mnist.js';
import { type Archive, dataFiles, type RemoteFile, type StoreOptions } from './store.js';

const AREA = 32 * 32;
const COLOURS = 3;

/** Records of some label bytes and three planes, as pixels [n, 32, 32, 3] and one of the labels. */
export function readCifar(name: string, bytes: Buffer, labels: number, label: number): { x: Uint8Array; y: Uint8Array } {
  const record = labels + AREA * COLOURS;
  const count = bytes.length / record;
  if (!Number.isInteger(count) || count === 0) {
    throw new FormatError({
      where: name,
      expected: `records of ${record} bytes`,
      received: `${bytes.length} bytes`,
      hint: 'the file is not in the binary version, or is cut short',
    });
  }
  const x = new Uint8Array(count * AREA * COLOURS);
  const y = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * record;
    y[i] = bytes[at + label]!;
    const planes = at + labels;
    const to = i * AREA * COLOURS;
    for (let p = 0; p < AREA; p++) {
      x[to + 3 * p] = bytes[planes + p]!;
      x[to + 3 * p + 1] = bytes[planes + AREA + p]!;
      x[to + 3 * p + 2] = bytes[planes + 2 * AREA + p]!;
    }
  }
  return { x, y };
}

type Cifar = ImageSet<50000, 10000, [32, 32, 3]>;

async function load(set: string, files: readonly RemoteFile[], labels: number, label: number, options: StoreOptions): Promise<Cifar> {
  const contents = await dataFiles(set, files, options);
  const parts = contents.map((bytes, i) => readCifar(files[i]!.name, bytes, labels, label));
  const join = (some: typeof parts, samples: number): { x: unknown; y: unknown } => {
    const found = some.reduce((n, { y }) => n + y.length, 0);
    if (found !== samples) throw new FormatError({ where: set, expected: `${samples} images`, received: String(found) });
    const x = new Uint8Array(samples * AREA * COLOURS);
    const y = new Uint8Array(samples);
    let at = 0;
    for (const part of some) {
      x.set(part.x, at * AREA * COLOURS);
      y.set(part.y, at);
      at += part.y.length;
    }
    return { x: tensor(x, [samples, 32, 32, COLOURS]), y: tensor(y, [samples]) };
  };
  return { train: join(parts.slice(0, -1), 50000), test: join(parts.slice(-1), 10000) } as unknown as Cifar;
}

const cifar10Archive: Archive = {
  name: 'cifar-10-binary.tar.gz',
  folder: 'cifar-10-batches-bin',
  sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
};

const cifar10Files: RemoteFile[] = [
  ['data_batch_1.bin', 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5'],
  ['data_batch_2.bin', 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed'],
  ['data_batch_3.bin', 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67'],
  ['data_batch_4.bin', '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48'],
  ['data_batch_5.bin', '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add'],
  ['test_batch.bin', '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b'],
].map(([name, sha256]) => ({
  name: name!,
  sha256: sha256!,
  url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  archive: cifar10Archive,
}));

const cifar100Archive: Archive = {
  name: 'cifar-100-binary.tar.gz',
  folder: 'cifar-100-binary',
  sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
};

const cifar100Files: RemoteFile[] = [
  ['train.bin', 'f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29'],
  ['test.bin', 'd8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a'],
].map(([name, sha256]) => ({
  name: name!,
  sha256: sha256!,
  url: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
  archive: cifar100Archive,
}));

/**
 * CIFAR-10: 50,000 and 10,000 colour images of ten classes (names: `cifar10Classes`), values from 0 to 255. Downloaded at the first use (170 MB)
 * unless `NODE_CUDNN_DATA` or `directory` names a folder that holds the six .bin files, plain, as .gz or as .xz.
 *
 * @example
 * const { train, test } = await datasets.cifar10();   // train.x: Tensor<[50000, 32, 32, 3], 'uint8'>
 */
export function cifar10(options: StoreOptions = {}): Promise<Cifar> {
  return load('cifar-10', cifar10Files, 1, 0, options);
}

export interface Cifar100Options extends StoreOptions {
  /** 100 classes, or the 20 groups of them; 'fine'. */
  labelMode?: 'fine' | 'coarse';
}

/**
 * CIFAR-100: as CIFAR-10 with 100 classes (names: `cifar100Classes`), or 20 groups of five with `labelMode: 'coarse'`. 169 MB to download.
 *
 * @example
 * const { train } = await datasets.cifar100({ labelMode: 'coarse' });
 */
export function cifar100(options: Cifar100Options = {}): Promise<Cifar> {
  const { labelMode, ...store } = options;
  const { mode } = readOptions('datasets cifar-100', { mode: labelMode }, { mode: optional(oneOf('fine', 'coarse'), 'fine' as const) });
  return load('cifar-100', cifar100Files, 2, mode === 'fine' ? 1 : 0, store);
}

/** Names of the classes of CIFAR-10, by label. */
export const cifar10Classes = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'] as const;

/** Names of the 100 classes of CIFAR-100, by label. */
export const cifar100Classes = (
  'apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle caterpillar cattle chair ' +
  'chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard ' +
  'lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear ' +
  'pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail ' +
  'snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale ' +
  'willow_tree wolf woman worm'
).split(' ') as readonly string[];

/** Names of the 20 groups of CIFAR-100, by coarse label. */
export const cifar100Groups = (
  'aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices household_furniture insects ' +
  'large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes large_omnivores_and_herbivores medium_mammals ' +
  'non-insect_invertebrates people reptiles small_mammals trees vehicles_1 vehicles_2'
).split(' ') as readonly string[];
