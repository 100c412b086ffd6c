/** Saving and loading of VGG16 (138 million parameters, 553 MB), beside Keras: seconds, and the peak memory of the process that does it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './duel.js';
import { ask, type Command, SideError } from './side.js';

const formats = ['.keras', '.h5', '.weights.h5', '.safetensors'] as const;
const actions = ['save', 'load'] as const;
type Format = (typeof formats)[number];
type Action = (typeof actions)[number];

/** One action on one kind of file. */
export interface SavingFigures {
  seconds: number[];
  medianSeconds: number;
  peakMegabytes: number;
}

export interface SavingResult {
  bytes: number;
  /** By side (`node-cudnn`, `keras`), ending and action. */
  sides: Record<string, Partial<Record<Format, Record<Action, SavingFigures>>>>;
  /** Version and backend. */
  keras?: string;
  skipped?: string;
}

const python = process.env['NODE_CUDNN_BENCH_PYTHON'];

const programs: Record<string, (task: string) => Command> = {
  'node-cudnn': (task) => ({ program: process.execPath, args: [join(__dirname, 'ours', 'saving.mjs'), task] }),
  keras: (task) => ({ program: python ?? 'python3', args: [join(__dirname, 'peers', 'keras_saving.py'), task] }),
};

/** Each side writes a file of each kind and reads it again, in turn, `rounds` times; every action is a process. */
export async function saving(root: string, rounds: number, withKeras: boolean): Promise<SavingResult> {
  const result: SavingResult = { bytes: 0, sides: {} };
  let sides = withKeras && python ? ['node-cudnn', 'keras'] : ['node-cudnn'];
  if (withKeras && !python) result.skipped = 'set NODE_CUDNN_BENCH_PYTHON to a Python that has Keras';
  // in the clone, not in /tmp, which may be memory
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache', 'bench-saving-'));
  try {
    for (const format of formats) {
      for (let round = 1; round <= rounds; round++) {
        const said: string[] = [];
        for (const action of actions) {
          for (const side of [...sides]) {
            const task = JSON.stringify({ action, format, file: join(folder, `${side}${format}`) });
            try {
              const answer = await ask(programs[side]!(task), root);
              const [seconds, peak] = [answer['seconds'] as number, Math.round(answer['peakMegabytes'] as number)];
              if (side === 'keras') result.keras = `${answer['keras'] as string} on ${answer['backend'] as string}`;
              else result.bytes = answer['bytes'] as number;
              add(result, side, format, action, seconds, peak);
              said.push(`${side} ${action} ${seconds.toFixed(2)} s, ${peak} MB`);
            } catch (error) {
              if (side === 'node-cudnn' || !(error instanceof SideError)) throw error;
              result.skipped = error.message;
              sides = sides.filter((other) => other !== side);
            }
          }
        }
        console.log(`saving ${format}: round ${round} of ${rounds}: ${said.join('; ')}`);
      }
      for (const side of sides) rmSync(join(folder, `${side}${format}`), { force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (result.skipped !== undefined) console.log(`saving: skipped Keras: ${result.skipped}`);
  return result;
}

function add({ sides }: SavingResult, side: string, format: Format, action: Action, seconds: number, peak: number): void {
  const empty = (): SavingFigures => ({ seconds: [], medianSeconds: 0, peakMegabytes: 0 });
  const figures = (((sides[side] ??= {})[format] ??= { save: empty(), load: empty() })[action] ??= empty());
  figures.seconds.push(Number(seconds.toFixed(3)));
  figures.medianSeconds = Number(median(figures.seconds).toFixed(3));
  figures.peakMegabytes = Math.max(figures.peakMegabytes, peak);
}

/** Wanted of a file of VGG16, on a disk that takes it. */
export const WANTED = { saveSeconds: 3, loadSeconds: 2, peakMegabytes: 1300 } as const;

/** The lines of a report: a format each. */
export function savingLines({ sides, keras }: SavingResult): string[] {
  const text = (one: SavingFigures): string => `${one.medianSeconds.toFixed(2)} s (${one.peakMegabytes} MB)`;
  return formats.map((format) => {
    const [own, other] = [sides['node-cudnn']![format]!, sides['keras']?.[format]];
    const beside = (action: Action): string => (other && other[action].seconds.length > 0 ? `, Keras ${keras} ${text(other[action])}` : '');
    const met =
      own.save.medianSeconds < WANTED.saveSeconds &&
      own.load.medianSeconds < WANTED.loadSeconds &&
      Math.max(own.save.peakMegabytes, own.load.peakMegabytes) < WANTED.peakMegabytes;
    return `saving VGG16 ${format}: save ${text(own.save)}${beside('save')}; load ${text(own.load)}${beside('load')}${met ? '' : '; not as fast or small as wanted'}`;
  });
}
