import { t } from '@vscode/l10n';
import { useEffect, useState } from 'preact/hooks';
import { shownQuantity } from '../charts/mapSource';
import { selectionSentence } from '../charts/readout';
import { ANNOUNCED } from '../scheduling/pacing';
import { positionWords } from '../state/channelPositions';
import { elementInView } from '../state/cube';
import { verdictLine } from '../state/findings';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import type { ViewState } from '../state/viewState';

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
}

/**
 * What a screen reader announces: the layer and step in view with the figure of the map, the element that the cube shows
 * or the position that Channels shows, that new steps arrive, and the verdict. The only live region of the panel. It waits until a step stays in view, so that it is silent while steps are
 * played.
 */
export function LiveRegion({ data, view, selection }: Props) {
  const sentence = selectionSentence(selection, shownQuantity(data, view));
  const element = detailInView(data, view, selection);
  const [announced, setAnnounced] = useState(sentence);
  const [announcedElement, setAnnouncedElement] = useState(element);
  useEffect(() => {
    const timer = setTimeout(() => {
      setAnnounced(sentence);
      setAnnouncedElement(element);
    }, ANNOUNCED);
    return () => clearTimeout(timer);
  }, [sentence, element]);
  const verdict = verdictLine(data);
  return (
    <div class="visually-hidden" aria-live="polite" data-live-region>
      <p>{announced}</p>
      <p>{announcedElement}</p>
      <p>{data.progress.live && t('Live: new steps are arriving')}</p>
      <p>{verdict.severity !== 'pending' && !verdict.isStale && verdict.sentence}</p>
    </div>
  );
}

/** What the visible tab shows beyond the layer and the step. */
function detailInView(data: RunData, view: ViewState, selection: Selection): string | undefined {
  if (view.tab === 'cube') return elementInView(data, view, selection);
  const isByPosition = view.tab === 'channels' && view.channelDetail === 'positions';
  return isByPosition ? positionWords(data, view, selection) : undefined;
}
