import type { RecordEntry, RunCatalog } from '../../model/catalog';
import type { Readings } from '../../model/questions';
import type { KernelApi, OpenedCatalog } from '../../protocol/kernelApi';
import type { CallOptions } from '../../rpc/channel';
import type { KernelLink } from '../kernel/kernelLink';

/** The calls about a run that is open. */
export type RunCall = Exclude<
  { [M in keyof KernelApi]: KernelApi[M]['params'] extends { run: string } ? M : never }[keyof KernelApi],
  'openRun' | 'closeRun'
>;

/** What a session provides when the kernel opens its run. */
export interface OpenedRun {
  /** How names and axes are read where the person has chosen. */
  readonly readings: Readings | undefined;
  /** Number of files listed so far. */
  listed(files: number): void;
  /**
   * The catalog of a part of the run. Returns whether to compute it while the kernel lists the others: not if there is a
   * whole catalog already.
   */
  sampled(catalog: RunCatalog): boolean;
  /** Called after another kernel has opened the run. Throws if that kernel numbers the records differently. */
  reopened(catalog: RunCatalog): void;
  /** Called before a call about the run: opens the other runs that the kernel needs for it, if there are any. */
  openOthers(signal: AbortSignal): Promise<void> | undefined;
}

/** The run in the kernel: opened there before the first call, and again in every kernel that is started later. */
export class KernelRun {
  /** The generation of the kernel that has opened the run; 0 before that. */
  private generation = 0;

  constructor(
    private readonly key: string,
    private readonly roots: readonly string[],
    private readonly kernel: KernelLink,
    private readonly opened: OpenedRun,
  ) {}

  /** Lists the run in the kernel. `extendsSample`: see {@link OpenedCatalog}. */
  async open(
    signal: AbortSignal,
  ): Promise<{ readonly catalog: RunCatalog; readonly extendsSample: boolean }> {
    const { kernel, opened } = this;
    const first: RecordEntry[] = [];
    // The call starts a kernel if there is none. A kernel that dies while it opens the run has not opened it.
    let generation = 0;
    const opening = kernel.call(
      'openRun',
      {
        run: this.key,
        roots: this.roots,
        ...(opened.readings !== undefined && { readings: opened.readings }),
      },
      {
        signal,
        onProgress: (progress) => {
          if ('records' in progress) first.push(...progress.records);
          else if ('files' in progress) opened.listed(progress.files);
          else {
            const before = this.generation;
            this.generation = generation;
            if (!opened.sampled(progress.sample)) this.generation = before;
          }
        },
      },
    );
    generation = kernel.generation();
    const found = await opening;
    this.generation = generation;
    const catalog = first.length === 0 ? found : { ...found, records: [...first, ...found.records] };
    return { catalog: withoutMark(catalog), extendsSample: found.extendsSample === true };
  }

  /**
   * Calls the kernel about this run. A kernel that was started after the run was opened opens it first. If the kernel has
   * died unnoticed, the call starts another and is repeated.
   */
  async call<Method extends RunCall>(
    method: Method,
    params: KernelApi[Method]['params'],
    options: CallOptions<KernelApi[Method]['progress']> & { readonly signal: AbortSignal },
  ): Promise<KernelApi[Method]['result']> {
    const { kernel } = this;
    if (this.generation !== kernel.generation()) await this.reopen(options.signal);
    const others = this.opened.openOthers(options.signal);
    if (others !== undefined) await others;
    const generation = kernel.generation();
    try {
      return await kernel.call(method, params, options);
    } catch (error) {
      if (options.signal.aborted || kernel.generation() === generation) throw error;
      await this.reopen(options.signal);
      await this.opened.openOthers(options.signal);
      return kernel.call(method, params, options);
    }
  }

  /** Opens the run in a kernel that was started since. */
  async openItself(signal: AbortSignal): Promise<void> {
    if (this.generation !== this.kernel.generation()) await this.reopen(signal);
  }

  /** Closes the run in the kernel, unless the kernel has not opened it. */
  close(): void {
    const { kernel } = this;
    if (this.generation !== kernel.generation()) return;
    kernel.call('closeRun', { run: this.key }).catch(() => {
      // The kernel has died, and the run with it.
    });
  }

  private async reopen(signal: AbortSignal): Promise<void> {
    this.opened.reopened((await this.open(signal)).catalog);
  }
}

function withoutMark(catalog: OpenedCatalog): RunCatalog {
  if (catalog.extendsSample === undefined) return catalog;
  const { extendsSample: _, ...rest } = catalog;
  return rest;
}
