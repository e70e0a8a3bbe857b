import { t } from '@vscode/l10n';
import { useEffect, useState } from 'preact/hooks';

/** A codicon. Screen readers skip it and read the text beside it or the label of its button. */
export function Icon({ name }: { name: string }) {
  return <i class={`codicon codicon-${name}`} aria-hidden="true" />;
}

interface ButtonProps {
  readonly icon: string;
  readonly label: string;
  readonly onClick: () => void;
  readonly disabled?: boolean;
  readonly pressed?: boolean;
}

/** A button with an icon; its label is also its tooltip. */
export function IconButton({ icon, label, onClick, disabled = false, pressed }: ButtonProps) {
  return (
    <button
      type="button"
      class="icon-button"
      title={label}
      aria-label={label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

/** Milliseconds for which a button says that it has copied. */
const COPIED_MS = 1500;

/** A button that copies; it says so for a moment. */
export function CopyButton({ label, onClick }: Pick<ButtonProps, 'label' | 'onClick'>) {
  const [isDone, setDone] = useState(false);
  useEffect(() => {
    if (!isDone) return undefined;
    const timer = setTimeout(() => setDone(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [isDone]);
  return (
    <>
      <IconButton
        icon={isDone ? 'check' : 'copy'}
        label={label}
        onClick={() => {
          onClick();
          setDone(true);
        }}
      />
      {isDone && <small>{t('Copied')}</small>}
    </>
  );
}
