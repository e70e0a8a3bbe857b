import type { LayerEntry } from '../../src/model/catalog';
import type { Finding } from '../../src/model/findings';
import type { Navigation, OptionChanges, PanelCatalog } from '../../src/protocol/panelApi';
import { assumptionsOf } from './assumptions';
import type { RunData } from './runData';

/** What a person should know of the run or of the layer in view. What could not be read is a problem instead. */
export interface Notice {
  readonly kind: 'remark' | 'layout' | 'reading' | Finding['kind'];
  /** `question`: something was assumed, and the actions are the answers. */
  readonly severity: Finding['severity'] | 'question';
  /** A sentence, or the title of what the details explain. */
  readonly text: string;
  readonly details?: { readonly evidence: string; readonly advice: string };
  readonly actions: readonly NoticeAction[];
}

/** A button of a notice: it changes options, or goes where the notice is about. */
export type NoticeAction = { readonly label: string } & (
  | { readonly changes: Partial<OptionChanges> }
  | { readonly navigation: Navigation }
);

/** Remarks on the run first, then what was assumed of it and of the layer in view, then what was found. */
export function noticesOf(data: RunData, layer: LayerEntry): readonly Notice[] {
  const { catalog, findings } = data;
  if (catalog === undefined) return [];
  const remarks = (catalog.remarks ?? []).map(
    (text): Notice => ({ kind: 'remark', severity: 'note', text, actions: [] }),
  );
  return [
    ...remarks,
    ...assumptionsOf(data, layer),
    ...findings.map((finding) => findingNotice(finding, catalog)),
  ];
}

function findingNotice(finding: Finding, catalog: PanelCatalog): Notice {
  const { kind, severity, title, evidence, advice } = finding;
  const action = placeAction(finding, catalog);
  return {
    kind,
    severity,
    text: title,
    details: { evidence, advice },
    actions: action === undefined ? [] : [action],
  };
}

/** Goes to the layer and step of a finding. */
function placeAction({ layer, step, variant }: Finding, { layers }: PanelCatalog): NoticeAction | undefined {
  const name = layer === undefined ? undefined : layers[layer]?.name;
  if (layer === undefined || name === undefined) return undefined;
  return {
    label: step === undefined ? name : `${name}, step ${step}`,
    navigation: {
      to: 'record',
      layer,
      ...(step !== undefined && { step }),
      ...(variant !== undefined && { variant }),
    },
  };
}
