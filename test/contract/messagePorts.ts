import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Port } from '../../src/rpc/channel';

/** The two ends of a real link: messages are cloned, arrive later, and either side can cut it. */
export interface MessagePorts {
  readonly near: Port;
  readonly far: Port;
  /** Cuts the link, as the death of the far side does; resolves once both sides know. */
  cut(): Promise<void>;
}

export function messagePorts(): MessagePorts {
  const { port1, port2 } = new MessageChannel();
  const closed = Promise.all([once(port1, 'close'), once(port2, 'close')]);
  return {
    near: portOf(port1),
    far: portOf(port2),
    cut: async () => {
      port2.close();
      await closed;
    },
  };
}

function portOf(port: MessagePort): Port {
  return {
    post: (message, transfer) => port.postMessage(message, transfer),
    onMessage: (listener) => port.on('message', listener),
    onClose: (listener) => port.on('close', () => listener('The other side is gone.')),
  };
}
