import { t } from '@vscode/l10n';
import { useEffect, useState } from 'preact/hooks';
import { PLAYED_STEP } from '../scheduling/pacing';
import type { Selection } from '../state/selection';
import { usePanel } from './context';
import { IconButton } from './Icon';
import { richText } from './richText';

type Speed = keyof typeof PLAYED_STEP;
const SPEEDS: readonly Speed[] = ['½', '1', '2', '4'];

interface Props {
  readonly selection: Selection;
  readonly follow: boolean;
  readonly isLive: boolean;
}

/** The slider over the steps of the layer, with buttons for the neighboring steps, play and follow. */
export function StepSlider({ selection: { series, record }, follow, isLive }: Props) {
  const { actions } = usePanel();
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<Speed>('1');
  const position = series.indexOf(record);
  const last = series.length - 1;

  useEffect(() => {
    if (!isPlaying) return undefined;
    if (position === last) {
      setPlaying(false);
      return undefined;
    }
    const timer = setTimeout(() => actions.navigate({ to: 'nextStep' }), PLAYED_STEP[speed]);
    return () => clearTimeout(timer);
  }, [isPlaying, position, last, speed, actions]);

  const play = () => {
    if (!isPlaying && position === last) actions.selectStep(series[0].step);
    setPlaying(!isPlaying);
  };
  return (
    <div class="step-slider">
      <IconButton
        icon="chevron-left"
        label={t('Previous step (Alt+Left)')}
        disabled={position === 0}
        onClick={() => actions.navigate({ to: 'previousStep' })}
      />
      <IconButton
        icon={isPlaying ? 'debug-pause' : 'play'}
        label={isPlaying ? t('Pause') : t('Play all steps')}
        disabled={last === 0}
        onClick={play}
      />
      <select
        class="speed"
        aria-label={t('Speed of Play')}
        title={t('Speed of Play')}
        value={speed}
        disabled={last === 0}
        onChange={(event) => setSpeed(SPEEDS.find((each) => each === event.currentTarget.value) ?? '1')}
      >
        {SPEEDS.map((each) => (
          <option key={each} value={each}>
            {`${each}×`}
          </option>
        ))}
      </select>
      <IconButton
        icon="chevron-right"
        label={t('Next step (Alt+Right)')}
        disabled={position === last}
        onClick={() => actions.navigate({ to: 'nextStep' })}
      />
      <input
        type="range"
        aria-label={t('Step')}
        aria-valuetext={t('step {0}', record.step)}
        min={0}
        max={last}
        value={position}
        disabled={last === 0}
        onInput={(event) => actions.selectStep(series[Number(event.currentTarget.value)].step)}
      />
      <IconButton
        icon="target"
        label={t('Follow the latest step (Alt+End)')}
        pressed={follow}
        onClick={() => actions.navigate({ to: 'followLatest' })}
      />
      <output data-step={record.step} aria-live="off">
        {richText(t('step {0}'), <strong>{record.step}</strong>)}
        <span class="muted"> {t('{0} of {1}', position + 1, series.length)}</span>
      </output>
      {/* The live region announces it. */}
      <span class="live" aria-hidden="true" data-live={isLive}>
        {isLive && (
          <>
            <span class="live-dot">●</span> {t('live')}
          </>
        )}
      </span>
    </div>
  );
}
