/** A bare TLS server of Node as a target, in a process of its own. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { askChild } from '../ask-child.ts'
import { endChild } from '../child.ts'
import type { TestCa } from '../test-ca.ts'
import type { Host } from './connected.ts'

export async function openBare(
  { files }: TestCa,
  closing: AsyncDisposableStack,
): Promise<Host & { readonly port: number }> {
  const child = fork(new URL('./bare-server.ts', import.meta.url), [files.serverKey, files.server], {
    execArgv: ['--expose-gc', '--max-semi-space-size=8'],
  })
  closing.defer(() => endChild(child))
  const [{ port }] = (await once(child, 'message')) as [{ readonly port: number }]
  return {
    name: 'Node, TLS alone',
    pid: child.pid ?? 0,
    port,
    heapBytes: async () => (await askChild<{ readonly heapBytes: number }>(child, {})).heapBytes,
  }
}
