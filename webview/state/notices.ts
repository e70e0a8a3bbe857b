import type { LayerEntry } from '../../src/model/catalog';
import type { OptionChanges } from '../../src/protocol/panelApi';
import { assumptionsOf } from './assumptions';
import type { RunData } from './runData';

/** What a person should know about the run or the layer in view, besides findings and problems. */
export interface Notice {
  readonly kind: 'remark' | 'layout' | 'reading';
  /** `question`: an assumption, whose answers are the actions. */
  readonly severity: 'note' | 'question';
  /** A sentence. */
  readonly text: string;
  readonly actions: readonly NoticeAction[];
}

/** A button of a notice. */
export interface NoticeAction {
  readonly label: string;
  readonly changes: Partial<OptionChanges>;
}

/** Remarks on the run, then assumptions about it and the layer in view. */
export function noticesOf(data: RunData, layer: LayerEntry): readonly Notice[] {
  const remarks = (data.catalog?.remarks ?? []).map(
    (text): Notice => ({ kind: 'remark', severity: 'note', text, actions: [] }),
  );
  return data.catalog === undefined ? [] : [...remarks, ...assumptionsOf(data, layer)];
}
