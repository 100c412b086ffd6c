/** Which classes are taken for which. */
import { ArgumentError } from '../errors.js';
import { optional, readOptions, text, texts } from '../options/index.js';
import { writePicture } from './render.js';
import { textWidth } from './text-width.js';
import { type Numbers, numbersOf } from './values.js';

const FONT_SIZE = 12;
/** From none to the most frequent pair. */
const SHADES = ['#ffffff', '#c6dbef', '#6baed6', '#2171b5', '#08306b'];

export interface ConfusionMatrixOptions {
  /** Names of the classes; their numbers where they are not given. */
  classes?: readonly string[];
  title?: string;
}

/**
 * Draws how often each class was predicted for each true class, as a table of coloured counts, into a .png or .svg file.
 *
 * @param labels true class numbers
 * @param predicted predicted class numbers, as many
 * @example
 * await plot.confusionMatrix(test.y, ops.argmax(probabilities, -1), 'confusion.png');
 */
export async function confusionMatrix(
  labels: Numbers,
  predicted: Numbers,
  file: string,
  options: ConfusionMatrixOptions = {},
): Promise<void> {
  const where = 'plot.confusionMatrix';
  const { classes, title } = readOptions(where, options, {
    classes: optional<readonly string[] | undefined>(texts('a list of class names'), undefined),
    title: optional(text, ''),
  });
  const truth = await numbersOf(where, labels);
  const guesses = await numbersOf(where, predicted);
  if (truth.length !== guesses.length || truth.length === 0) {
    throw new ArgumentError({
      where,
      expected: 'as many labels as predictions, at least one',
      received: `${truth.length} and ${guesses.length}`,
      hint: 'ops.argmax(probabilities, -1) makes class numbers of probabilities',
    });
  }
  const wrong = [...truth, ...guesses].find((value) => !Number.isInteger(value) || value < 0 || value > 999);
  if (wrong !== undefined) {
    throw new ArgumentError({
      where,
      expected: 'class numbers from 0 to 999',
      received: String(wrong),
      hint: 'ops.argmax(probabilities, -1) makes them of probabilities',
    });
  }
  const count = Math.max(classes?.length ?? 0, ...[...new Set([...truth, ...guesses])].map((value) => value + 1));
  const name = (i: number): string => classes?.[i] ?? String(i);
  const counts = new Map<number, number>();
  truth.forEach((row, i) => {
    const key = row * count + guesses[i]!;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  const most = Math.max(...counts.values());
  const values = Array.from({ length: count * count }, (_, key) => ({
    truth: name(Math.floor(key / count)),
    guess: name(key % count),
    count: counts.get(key) ?? 0,
    // right answers outnumber the mistakes so far that only a root shows both
    shade: Math.sqrt((counts.get(key) ?? 0) / most),
  }));
  const axis = (field: string, label: string, angle: number) => ({
    field,
    type: 'nominal',
    sort: null,
    title: label,
    axis: { labelAngle: angle, grid: false, ticks: false, domain: false },
  });
  const longest = Math.max(...values.map(({ guess }) => guess.length));
  const crowded = count > 30;
  const cell = crowded ? 14 : Math.max(38, Math.ceil(textWidth(String(most), FONT_SIZE)) + 10);
  const angle = crowded ? -90 : longest > 3 ? -45 : 0;
  await writePicture(
    where,
    {
      ...(title === '' ? {} : { title }),
      width: count * cell,
      height: count * cell,
      data: { values },
      encoding: { x: axis('guess', 'predicted', angle), y: axis('truth', 'true class', 0) },
      layer: [
        {
          mark: { type: 'rect', stroke: '#dddddd' },
          encoding: {
            color: {
              field: 'shade',
              type: 'quantitative',
              scale: { range: SHADES, domain: [0, 0.25, 0.5, 0.75, 1], interpolate: 'rgb' },
              legend: null,
            },
          },
        },
        ...(crowded
          ? []
          : [
              {
                mark: { type: 'text', fontSize: FONT_SIZE },
                encoding: {
                  text: { field: 'count', type: 'quantitative' },
                  color: {
                    condition: [
                      { test: 'datum.shade > 0.6', value: 'white' },
                      { test: 'datum.count === 0', value: '#aaaaaa' },
                    ],
                    value: '#333333',
                  },
                },
              },
            ]),
      ],
    },
    file,
  );
}
