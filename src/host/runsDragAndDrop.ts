import { DataTransferItem, type TreeDragAndDropController } from 'vscode';
import type { Session } from './session/session';

/** What the tree's own nodes are dragged as. VS Code composes it from the id of the view. */
const MIME = 'application/vnd.code.tree.normscope.runs';

/** A node of the tree of runs. */
interface Node {
  readonly kind: string;
  readonly session: Session;
}

/** Lets a person drag a run onto another one, to compare it with that one. */
export function runsDragAndDrop<Of extends Node>(
  compare: (run: Session, reference: Session) => unknown,
): TreeDragAndDropController<Of> {
  return {
    dragMimeTypes: [MIME],
    dropMimeTypes: [MIME],
    handleDrag: (nodes, data) => {
      const dragged = nodes.filter(({ kind }) => kind === 'run');
      if (dragged.length > 0) data.set(MIME, new DataTransferItem(dragged));
    },
    handleDrop: (target, data) => {
      const dragged = data.get(MIME)?.value as readonly Of[] | undefined;
      const run = dragged?.[0]?.session;
      if (run !== undefined && target !== undefined && target.session !== run) compare(run, target.session);
    },
  };
}
