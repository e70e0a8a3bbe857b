import { useEffect, useState } from 'preact/hooks';
import type { Selection } from '../state/selection';
import { usePanel } from './context';
import { IconButton } from './Icon';

/** Milliseconds that a step is shown while playing. */
const PLAY_INTERVAL = 500;

/** The slider over the layer's own steps, with buttons to its ends and neighbours, and play. */
export function StepSlider({ selection: { series, record } }: { selection: Selection }) {
  const { actions } = usePanel();
  const [isPlaying, setPlaying] = useState(false);
  const position = series.indexOf(record);
  const last = series.length - 1;

  useEffect(() => {
    if (!isPlaying) return undefined;
    if (position === last) {
      setPlaying(false);
      return undefined;
    }
    const timer = setTimeout(() => actions.navigate({ to: 'nextStep' }), PLAY_INTERVAL);
    return () => clearTimeout(timer);
  }, [isPlaying, position, last, actions]);

  const play = () => {
    if (!isPlaying && position === last) actions.selectStep(series[0].step);
    setPlaying(!isPlaying);
  };
  return (
    <div class="step-slider">
      <IconButton
        icon="chevron-left"
        label="Previous step (Alt+Left)"
        disabled={position === 0}
        onClick={() => actions.navigate({ to: 'previousStep' })}
      />
      <IconButton
        icon={isPlaying ? 'debug-pause' : 'play'}
        label={isPlaying ? 'Pause' : 'Play the steps'}
        disabled={last === 0}
        onClick={play}
      />
      <IconButton
        icon="chevron-right"
        label="Next step (Alt+Right)"
        disabled={position === last}
        onClick={() => actions.navigate({ to: 'nextStep' })}
      />
      <input
        type="range"
        aria-label="Step"
        aria-valuetext={`step ${record.step}`}
        min={0}
        max={last}
        value={position}
        disabled={last === 0}
        onInput={(event) => actions.selectStep(series[Number(event.currentTarget.value)].step)}
      />
      <output data-step={record.step}>
        step <strong>{record.step}</strong>
        <span class="muted">
          {' '}
          {position + 1} of {series.length}
        </span>
      </output>
    </div>
  );
}
