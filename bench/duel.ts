/** One workload on all sides, in turn: A B C A B C ..., so that whatever else the machine does falls on all of them alike. */
import { load } from './machine.js';
import { Side, SideError } from './side.js';
import { type BenchDevice, type Contender, ours } from './sides.js';
import { specFor, type Workload } from './workloads.js';

export interface SideResult {
  images: number;
  seconds: number[];
  medianSeconds: number;
  imagesPerSecond: number;
  millisecondsPerStep: number;
  peakMegabytes: number;
  /** This library's rate over this one's, both from medians of the same run. */
  oursIsFasterBy: number;
  setup: unknown;
}

export interface WorkloadResult {
  title: string;
  batch: number;
  optimizer: string;
  rounds: number;
  load: { before: number; after: number };
  sides: Record<string, SideResult>;
  skipped: Record<string, string>;
}

interface Entrant {
  contender: Contender;
  side: Side;
  images: number;
  setup: unknown;
  seconds: number[];
  peakMegabytes: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export const figure = (value: number): string => Math.round(value).toLocaleString('en-US');

export class Duel {
  private entrants: Entrant[] = [];
  private readonly skipped: Record<string, string> = {};

  constructor(
    private readonly workload: Workload,
    private readonly rounds: number,
    private readonly limit: number,
    private readonly root: string,
    private readonly device: BenchDevice = 'cpu',
  ) {}

  private skip(contender: Contender, why: string): void {
    if (contender === ours) throw new Error(`${this.workload.name}: node-cudnn did not run: ${why}`);
    this.skipped[contender.id] = why;
    console.log(`${this.workload.name}: skipped ${contender.label}: ${why}`);
  }

  private async enter(contender: Contender): Promise<void> {
    if (!contender.command) {
      this.skip(contender, contender.missing);
      return;
    }
    const spec = specFor(this.workload, contender.id, this.limit);
    const side = new Side(contender.command(spec, this.device), this.root);
    try {
      const setup = await side.ready();
      this.entrants.push({ contender, side, images: spec.images, setup, seconds: [], peakMegabytes: 0 });
    } catch (error) {
      side.kill();
      if (!(error instanceof SideError)) throw error;
      this.skip(contender, error.message);
    }
  }

  /** A peer that fails half-way is left out as one that never started; anything else ends the run. */
  private leave(entrant: Entrant, error: unknown): void {
    if (!(error instanceof SideError)) throw error;
    entrant.side.kill();
    this.skip(entrant.contender, error.message);
    this.entrants = this.entrants.filter((other) => other !== entrant);
  }

  private async round(number: number): Promise<void> {
    for (const entrant of [...this.entrants]) {
      try {
        entrant.seconds.push(await entrant.side.epoch());
      } catch (error) {
        this.leave(entrant, error);
      }
    }
    const times = this.entrants.map((e) => `${e.contender.label} ${e.seconds.at(-1)!.toFixed(3)} s`);
    console.log(`${this.workload.name}: round ${number} of ${this.rounds}: ${times.join(', ')}`);
  }

  private results(): Record<string, SideResult> {
    const rate = (e: Entrant) => e.images / median(e.seconds);
    const first = rate(this.entrants[0]!);
    const entries = this.entrants.map((e): [string, SideResult] => [
      e.contender.id,
      {
        images: e.images,
        seconds: e.seconds.map((s) => Number(s.toFixed(5))),
        medianSeconds: Number(median(e.seconds).toFixed(5)),
        imagesPerSecond: Number(rate(e).toPrecision(4)),
        millisecondsPerStep: Number(((median(e.seconds) * 1000 * this.workload.batch) / e.images).toPrecision(4)),
        peakMegabytes: Math.round(e.peakMegabytes),
        oursIsFasterBy: Number((first / rate(e)).toPrecision(3)),
        setup: e.setup,
      },
    ]);
    return Object.fromEntries(entries);
  }

  async run(contenders: readonly Contender[]): Promise<WorkloadResult> {
    const { title, batch, optimizer } = this.workload;
    const before = load();
    try {
      for (const contender of contenders) await this.enter(contender);
      for (let i = 1; i <= this.rounds; i++) await this.round(i);
      const after = load();
      for (const entrant of this.entrants) entrant.peakMegabytes = await entrant.side.finish();
      return { title, batch, optimizer, rounds: this.rounds, load: { before, after }, sides: this.results(), skipped: this.skipped };
    } finally {
      for (const entrant of this.entrants) entrant.side.kill();
    }
  }
}
