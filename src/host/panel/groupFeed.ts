import type { GroupMember } from '../../model/runGroup';
import { GROUP_CHANGES } from '../session/pacing';

const NOTHING = '[]';

export interface GroupFeed {
  /** A page has loaded, and knows nothing yet. */
  begin(): void;
  /** Something of a run has changed. */
  changed(): void;
  dispose(): void;
}

/** Tells a panel of its group, at most every {@link GROUP_CHANGES} milliseconds, and only of changes. */
export function groupFeed(
  membersNow: () => readonly GroupMember[],
  send: (members: readonly GroupMember[]) => void,
): GroupFeed {
  let sent = NOTHING;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const changed = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      const members = membersNow();
      const now = JSON.stringify(members);
      if (now === sent) return;
      sent = now;
      send(members);
    }, GROUP_CHANGES);
  };
  return {
    begin: () => {
      sent = NOTHING;
      changed();
    },
    changed,
    dispose: () => clearTimeout(timer),
  };
}
