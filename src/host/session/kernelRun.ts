import type { RecordEntry, RunCatalog } from '../../model/catalog';
import type { Readings } from '../../model/questions';
import type { KernelApi } from '../../protocol/kernelApi';
import type { CallOptions } from '../../rpc/channel';
import type { KernelLink } from '../kernel/kernelLink';

/** What a session has to say where the kernel opens its run. */
export interface OpenedRun {
  /** How names and axes are read where the person has chosen. */
  readonly readings: Readings | undefined;
  /** Number of files listed so far. */
  listed(files: number): void;
  /** A kernel that did not know the run has opened it. Throws where it numbers the records otherwise. */
  reopened(catalog: RunCatalog): void;
}

/** A run as the kernel has it: opened there before the first call, and again in every kernel that is started later. */
export class KernelRun {
  /** Of the kernel that knows the run; 0 before there is one. */
  private generation = 0;

  constructor(
    private readonly key: string,
    private readonly roots: readonly string[],
    private readonly kernel: KernelLink,
    private readonly opened: OpenedRun,
  ) {}

  /** Has the kernel list the run. */
  async open(signal: AbortSignal): Promise<RunCatalog> {
    const { kernel, opened } = this;
    const first: RecordEntry[] = [];
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
          else opened.listed(progress.files);
        },
      },
    );
    // The call has started a kernel where there was none; what dies while it opens the run does not have it.
    const generation = kernel.generation();
    const catalog = await opening;
    this.generation = generation;
    return first.length === 0 ? catalog : { ...catalog, records: [...first, ...catalog.records] };
  }

  /**
   * Calls the kernel about this run. A kernel that was started since the run was opened does not know it and opens it
   * first; where one had died unnoticed, the call itself starts the next and is made once more.
   */
  async call<Method extends 'analyse' | 'checkLayers' | 'distributions' | 'updateRun'>(
    method: Method,
    params: KernelApi[Method]['params'],
    options: CallOptions<KernelApi[Method]['progress']> & { readonly signal: AbortSignal },
  ): Promise<KernelApi[Method]['result']> {
    const { kernel } = this;
    if (this.generation !== kernel.generation()) await this.reopen(options.signal);
    const generation = kernel.generation();
    try {
      return await kernel.call(method, params, options);
    } catch (error) {
      if (options.signal.aborted || kernel.generation() === generation) throw error;
      await this.reopen(options.signal);
      return kernel.call(method, params, options);
    }
  }

  /** Closes the run in the kernel; a kernel that never opened it is not started for that. */
  close(): void {
    const { kernel } = this;
    if (this.generation !== kernel.generation()) return;
    kernel.call('closeRun', { run: this.key }).catch(() => {
      // The kernel is gone, and the run with it.
    });
  }

  private async reopen(signal: AbortSignal): Promise<void> {
    this.opened.reopened(await this.open(signal));
  }
}
