import { t } from '@vscode/l10n';
import type { AnalysisOptions } from '../../model/analysis';
import type { RunCatalog } from '../../model/catalog';
import type { Problem } from '../../model/problem';
import { isOtherRun, type Reference } from '../../model/reference';
import { joinRuns, type RunJoin } from '../../model/runJoin';
import { runKey } from '../../model/runKey';
import { seriesOf } from '../../model/series';
import type { Focus, OptionChanges, PanelProgress } from '../../protocol/panelApi';
import type { BranchMeasurement } from './branchMeasurement';
import type { RecordChanges, SessionChange } from './changeFeed';
import type { Results } from './results';
import { type SharedOptions, sharedOptions, sharedOptionsDiffer } from './sharedOptions';

/** What a comparison needs of a run: of the one in view, and of those that it is compared with. */
export interface ComparedRun {
  readonly key: string;
  readonly roots: readonly string[];
  readonly title: string;
  readonly catalog: RunCatalog | undefined;
  readonly options: AnalysisOptions;
  readonly results: Results;
  readonly state: PanelProgress['state'];
  readonly isListed: boolean;
  readonly branches: Pick<BranchMeasurement, 'measure'>;
  onChange(listener: (change: SessionChange) => void): { dispose(): void };
  setOptions(changes: Partial<OptionChanges>): void;
  focus(focus: Focus): void;
  resume(): void;
  /** Opens the run in a kernel that was started since. */
  openInKernel(signal: AbortSignal): Promise<void>;
}

/** What a comparison tells the run in view. */
export interface ComparisonEvents {
  /** Nothing that was measured from the other runs is valid. */
  onReplaced(): void;
  /** Results or files of the other run have changed. */
  onChanged(change: RecordChanges): void;
  /** The person chose these options for one of the other runs. */
  onShared(options: SharedOptions): void;
  /** While the run waits for the others: one of them goes on, or cannot be opened. */
  onWaiting(problem: Problem | undefined): void;
}

/**
 * The runs that a run is compared with: opened as runs of their own, followed while they are the reference, and joined
 * with the run in view.
 */
export class Comparison {
  private followed: { readonly run: ComparedRun; readonly listening: { dispose(): void } }[] = [];
  private reference: Reference = 'first';
  private made: { readonly parts: readonly unknown[]; readonly join: RunJoin } | undefined;

  /** `open`: opens a run in the background, unless it is open. */
  constructor(
    private readonly self: ComparedRun,
    private readonly open: (roots: readonly string[]) => ComparedRun,
    private readonly events: ComparisonEvents,
  ) {}

  /** The run that shifts are measured from; undefined if that is a step of the run itself. */
  get other(): ComparedRun | undefined {
    return this.followed[0]?.run;
  }

  /** What tells the other run from the run in view: its title, with its folder if both titles are the same. */
  get otherTitle(): string {
    const { other, self } = this;
    if (other === undefined) return '';
    const isAlike = other.title === self.title && other !== self && other.roots.length === 1;
    return isAlike ? decodeURIComponent(other.roots[0].split('/').slice(-2).join('/')) : other.title;
  }

  /** All other runs: the reference and those of its kind. */
  get others(): readonly ComparedRun[] {
    return this.followed.map(({ run }) => run);
  }

  /** Whether everything that shifts are measured from is listed. */
  get isReady(): boolean {
    return this.followed.every(({ run }) => run === this.self || run.isListed);
  }

  /** What belongs together in the run and the other one, as far as both are listed; undefined without another run. */
  get join(): RunJoin | undefined {
    const { catalog } = this.self;
    return catalog && this.joinOf(catalog);
  }

  /** The same for another catalog of the run. */
  joinOf(catalog: RunCatalog): RunJoin | undefined {
    const other = this.other === this.self ? catalog : this.other?.catalog;
    if (other === undefined || !isOtherRun(this.reference)) return undefined;
    const parts = [catalog, other, this.reference.layers];
    if (!this.made?.parts.every((part, i) => part === parts[i]))
      this.made = { parts, join: joinRuns(catalog, other, this.reference.layers) };
    return this.made.join;
  }

  /** Follows the runs of this reference from now on. */
  follow(reference: Reference): void {
    this.reference = reference;
    const roots = isOtherRun(reference) ? [reference.roots, ...(reference.group ?? [])] : [];
    const runs = new Map(roots.map((each) => [runKey(each), each]));
    const before = this.followed;
    this.followed = [...runs].map(([key, each]) => {
      const known = before.find(({ run }) => run.key === key);
      if (known !== undefined) return known;
      const run = key === this.self.key ? this.self : this.open(each);
      return { run, listening: this.listenTo(run) };
    });
    for (const each of before) if (!this.followed.includes(each)) each.listening.dispose();
    if (this.followed.length === 0) this.made = undefined;
  }

  /** The options with the layouts that the person chose in the other run. */
  withLayouts(options: AnalysisOptions): AnalysisOptions {
    const { reference } = options;
    const layouts = this.other?.options.layouts;
    if (!isOtherRun(reference) || layouts === undefined || layouts === reference.layouts) return options;
    return { ...options, reference: { ...reference, layouts } };
  }

  /** Gives the other runs the options that they share with the run in view. */
  share(): void {
    for (const { run } of this.followed) {
      if (run !== this.self && sharedOptionsDiffer(run.options, this.self.options))
        run.setOptions(sharedOptions(this.self.options));
    }
  }

  /** Computes the layer that belongs to this one first, also in the other run. */
  focus({ layer, variant }: Focus): void {
    const { self, other, join } = this;
    if (other === undefined || other === self || join === undefined || self.catalog === undefined) return;
    const [first] = seriesOf(self.catalog, layer, variant);
    const partner = first && join.partnerOf(first);
    if (partner !== undefined) other.focus({ layer: partner.layer, variant: partner.variant });
  }

  /** Why the run cannot be computed now; undefined if the other runs are listed or being listed. */
  get problem(): Problem | undefined {
    const failed = this.followed.find(
      ({ run }) =>
        run !== this.self && !run.isListed && (run.state === 'failed' || run.state === 'cancelled'),
    );
    return failed && notOpened(failed.run);
  }

  /** Opens again what could not be opened. */
  resume(): void {
    for (const { run } of this.followed) if (run !== this.self && !run.isListed) run.resume();
  }

  /** Opens the other runs in a kernel that was started since. */
  async openInKernel(signal: AbortSignal): Promise<void> {
    for (const { run } of this.followed) if (run !== this.self) await run.openInKernel(signal);
  }

  dispose(): void {
    for (const { listening } of this.followed) listening.dispose();
    this.followed = [];
  }

  private listenTo(run: ComparedRun): { dispose(): void } {
    let layouts = JSON.stringify(run.options.layouts);
    return run.onChange((change) => {
      if (change.kind === 'records') {
        // Also a new state is such a change.
        if (!this.isReady) this.events.onWaiting(this.problem);
        if (run === this.other) this.events.onChanged(change);
        else if (change.deltas.length > 0) this.events.onReplaced();
      } else if (run === this.self) {
        // The run in view starts over by itself.
      } else if (change.kind === 'catalog') {
        // A sample is only for those who look at that run.
        if (run.isListed) this.events.onReplaced();
      } else if (change.kind === 'options') {
        const before = layouts;
        layouts = JSON.stringify(run.options.layouts);
        if (sharedOptionsDiffer(run.options, this.self.options))
          this.events.onShared(sharedOptions(run.options));
        if (layouts !== before) this.events.onReplaced();
      }
    });
  }
}

function notOpened({ roots, title }: ComparedRun): Problem {
  return {
    code: 'reference',
    path: roots[0] ?? '',
    message: t(
      'The run {0}, which this one is compared with, could not be opened. Try again, or choose another reference.',
      title,
    ),
  };
}
