import { useEffect, useState } from 'preact/hooks';

/**
 * Returns what a control shows of an option that the host keeps, and a function that takes a person's choice. The control
 * shows the choice until the option changes: if the panel is drawn before the host has answered, the former value must not
 * come back for a moment.
 */
export function useChosen<T>(option: T): readonly [shown: T, choose: (value: T) => void] {
  const [chosen, setChosen] = useState<{ readonly insteadOf: T; readonly value: T }>();
  useEffect(() => setChosen(undefined), [option]);
  const shown = chosen?.insteadOf === option ? chosen.value : option;
  return [shown, (value) => setChosen({ insteadOf: option, value })];
}
