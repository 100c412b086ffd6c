/** The random part of augmentation: which numbers are drawn for an image, and the matrix that they make. */
import { TRANSFORM_WORDS } from '../native/images.js';
import type { Settings } from './options.js';

/** What is done to one image, under Keras' names; what is left out is not done. */
export interface TransformParameters {
  /** Rotation in degrees. */
  theta?: number;
  /** Shift along the columns in pixels (Keras 3 draws it from `heightShiftRange`: see `corrected`). */
  tx?: number;
  /** Shift along the rows in pixels. */
  ty?: number;
  /** Shear in degrees. */
  shear?: number;
  /** Zoom along the columns; above 1 the content becomes smaller. */
  zx?: number;
  zy?: number;
  flipHorizontal?: boolean;
  flipVertical?: boolean;
  /** Added to every channel, within the image's own range. */
  channelShiftIntensity?: number | null;
  /** Factor. */
  brightness?: number | null;
}

const between = (random: () => number, low: number, high: number): number => (low === high ? low : low + (high - low) * random());

/** A shift in pixels: a whole number below a whole range, a float within a float, or one of a list with either sign. */
function shift(random: () => number, range: number | readonly number[], size: number): number {
  if (typeof range !== 'number') {
    const drawn = range[Math.floor(random() * range.length)]! * (random() < 0.5 ? -1 : 1);
    return Math.max(...range) < 1 ? drawn * size : drawn;
  }
  if (range === 0) return 0;
  // A JavaScript number does not tell 2 from 2.0: whole numbers from 1 on are Keras' integers.
  if (Number.isInteger(range)) return Math.floor(random() * range) * (random() < 0.5 ? -1 : 1);
  return between(random, -range, range) * (range < 1 ? size : 1);
}

/** Draws what the options ask for, always in the same order. */
export function drawTransform(settings: Settings, rows: number, columns: number, random: () => number): Required<TransformParameters> {
  const theta = between(random, -settings.rotationRange, settings.rotationRange);
  const vertical = shift(random, settings.heightShiftRange, rows);
  const horizontal = shift(random, settings.widthShiftRange, columns);
  const shear = between(random, -settings.shearRange, settings.shearRange);
  const [low, high] = settings.zoomRange;
  const zx = between(random, low, high);
  const zy = between(random, low, high);
  const flipHorizontal = settings.horizontalFlip && random() < 0.5;
  const flipVertical = settings.verticalFlip && random() < 0.5;
  const { channelShiftRange, brightnessRange } = settings;
  return {
    theta,
    tx: settings.corrected ? horizontal : vertical,
    ty: settings.corrected ? vertical : horizontal,
    shear,
    zx,
    zy,
    flipHorizontal,
    flipVertical,
    channelShiftIntensity: channelShiftRange === 0 ? null : between(random, -channelShiftRange, channelShiftRange),
    brightness: brightnessRange === null ? null : between(random, brightnessRange[0], brightnessRange[1]),
  };
}

type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** p * q, both [[a, b, c], [d, e, f], [0, 0, 1]]. */
function product(p: Affine, q: Affine): Affine {
  return [
    p[0] * q[0] + p[1] * q[3],
    p[0] * q[1] + p[1] * q[4],
    p[0] * q[2] + p[1] * q[5] + p[2],
    p[3] * q[0] + p[4] * q[3],
    p[3] * q[1] + p[4] * q[4],
    p[3] * q[2] + p[4] * q[5] + p[5],
  ];
}

/**
 * Writes the parameters of one image for the native side: rotation, shift, shear and zoom as one matrix about the centre, from (column, row)
 * of the result to (column, row) of the source. Keras takes the number of rows for that of the columns in the centre; so do we unless
 * `corrected` says otherwise.
 */
export function writeTransform(
  words: Float64Array,
  image: number,
  parameters: TransformParameters,
  rows: number,
  columns: number,
  corrected: boolean,
): void {
  const at = image * TRANSFORM_WORDS;
  const { theta = 0, tx = 0, ty = 0, shear = 0, zx = 1, zy = 1 } = parameters;
  let matrix: Affine | undefined;
  const compose = (part: Affine): void => {
    matrix = matrix ? product(matrix, part) : part;
  };
  if (theta !== 0) {
    const angle = (theta * Math.PI) / 180;
    compose([Math.cos(angle), -Math.sin(angle), 0, Math.sin(angle), Math.cos(angle), 0]);
  }
  if (tx !== 0 || ty !== 0) compose([1, 0, tx, 0, 1, ty]);
  if (shear !== 0) {
    const angle = (shear * Math.PI) / 180;
    compose([1, -Math.sin(angle), 0, 0, Math.cos(angle), 0]);
  }
  if (zx !== 1 || zy !== 1) compose([zx, 0, 0, 0, zy, 0]);
  words[at] = matrix ? 1 : 0;
  if (matrix) {
    const centerX = (corrected ? columns : rows) / 2 - 0.5;
    const centerY = (corrected ? rows : columns) / 2 - 0.5;
    const [a, b, c, d, e, f] = product(product([1, 0, centerX, 0, 1, centerY], matrix), [1, 0, -centerX, 0, 1, -centerY]);
    // The native side counts rows first.
    const rowsFirst = [e, d, f, b, a, c];
    // The sine of half a turn is not quite 0, and an edge pixel that lies 1e-16 outside is cval's: right angles are made exact.
    words.set(corrected ? rowsFirst.map((v) => Math.round(v * 1e12) / 1e12) : rowsFirst, at + 1);
  }
  words[at + 7] = parameters.flipVertical ? 1 : 0;
  words[at + 8] = parameters.flipHorizontal ? 1 : 0;
  words[at + 9] = parameters.channelShiftIntensity ?? NaN;
  words[at + 10] = parameters.brightness ?? NaN;
}
