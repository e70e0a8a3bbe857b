import { DataTransferItem, type TreeDragAndDropController } from 'vscode';
import type { Session } from './session/session';

/** What the tree's own nodes are dragged as. VS Code composes it from the id of the view. */
const MIME = 'application/vnd.code.tree.normscope.runs';

/** A node of the tree of runs. */
interface Node {
  readonly kind: string;
  readonly session: Session;
}

/** Lets a person drag a run onto another one, to compare it with that one. `compare` gets the key of the run. */
export function runsDragAndDrop<Of extends Node>(
  compare: (run: string, reference: Session) => unknown,
): TreeDragAndDropController<Of> {
  return {
    dragMimeTypes: [MIME],
    dropMimeTypes: [MIME],
    handleDrag: (nodes, data) => {
      const [run] = nodes.filter(({ kind }) => kind === 'run');
      // VS Code serializes what is dragged.
      if (run !== undefined) data.set(MIME, new DataTransferItem(run.session.key));
    },
    handleDrop: async (target, data) => {
      const run = await data.get(MIME)?.asString();
      if (run !== undefined && target !== undefined && target.session.key !== run)
        compare(run, target.session);
    },
  };
}
