/** Folders of images, listed at once. Source: Keras 3, `keras.utils.image_dataset_from_directory`. */
import { type ImageFolder, imageFolder, type ImageFolderOptions } from '../data/image-folder.js';

/**
 * `data.imageFolder` that has listed its folder when it comes, so that a missing folder is an error here. `subset: 'both'` gives the training and
 * the validation part.
 *
 * @throws DataError when there is no such folder or no image in it
 * @example
 * const [train, validation] = await utils.imageDatasetFromDirectory('photos', { validationSplit: 0.2, subset: 'both', seed: 1 });
 */
export function imageDatasetFromDirectory(
  directory: string,
  options: Omit<ImageFolderOptions, 'subset'> & { subset: 'both' },
): Promise<[training: ImageFolder, validation: ImageFolder]>;
export function imageDatasetFromDirectory(directory: string, options?: ImageFolderOptions): Promise<ImageFolder>;
export async function imageDatasetFromDirectory(
  directory: string,
  options: Omit<ImageFolderOptions, 'subset'> & { subset?: 'training' | 'validation' | 'both' | null } = {},
): Promise<ImageFolder | [ImageFolder, ImageFolder]> {
  const listed = async (subset: 'training' | 'validation' | null): Promise<ImageFolder> => {
    const made = imageFolder(directory, { ...options, subset });
    await made.classNames();
    return made;
  };
  const { subset = null } = options;
  return subset === 'both' ? [await listed('training'), await listed('validation')] : listed(subset);
}
