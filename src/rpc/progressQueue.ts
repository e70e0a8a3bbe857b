/** Progress of one call on its way to the caller. */
export interface ProgressQueue {
  /** Throws if nothing was in flight and the value cannot be sent. */
  add(value: unknown): void;
  /** The caller has processed what was sent. */
  acknowledge(): void;
  /** Resolves once the caller has handled everything; rejects where something could not be sent. */
  drained(): Promise<void>;
}

/** Values in one message: some milliseconds of work for who takes them in. */
const MOST = 64;

/**
 * Sends values in order, one message at a time, each after the caller has processed the previous one. A slow caller is
 * never blocked by a backlog; it receives several values in one message.
 */
export function progressQueue(send: (values: readonly unknown[]) => void): ProgressQueue {
  const waiting: unknown[] = [];
  let sent = 0;
  let isUnderWay = false;
  let failure: unknown;
  let settle = () => {};

  function sendNext(): void {
    const values = waiting.slice(sent, sent + MOST);
    isUnderWay = values.length > 0;
    sent += values.length;
    if (isUnderWay) {
      send(values);
      return;
    }
    waiting.length = 0;
    sent = 0;
    settle();
  }

  return {
    add: (value) => {
      waiting.push(value);
      if (!isUnderWay) sendNext();
    },
    acknowledge: () => {
      try {
        sendNext();
      } catch (error) {
        failure = error;
        settle();
      }
    },
    drained: () =>
      new Promise((resolve, reject) => {
        settle = () => (failure === undefined ? resolve() : reject(failure));
        if (!isUnderWay || failure !== undefined) settle();
      }),
  };
}
