/**
 * What stands beside the browser when somebody walks through the portal: the service as a process of its own, and a
 * directory in which the command line, back-end programs and devices with the published SDK are run.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ConnectionFile } from '../../src/connection-file.ts'
import { main, serve } from '../process.ts'
import type { DeviceOrder, DeviceOutcome } from '../sdk/device-client.ts'
import { runClient } from '../sdk/run.ts'
import { environment } from '../walk/landfall.ts'
import { ownAddress, redirection } from '../world.ts'

export interface Plant extends AsyncDisposable {
  /** Where everything is run. */
  readonly dir: string
  readonly connection: ConnectionFile
  /** A line as it is typed or pasted into a shell; gives what it printed. */
  type(line: string): Promise<string>
  /** The published SDK, with the certificates of one of the files that `landfall cert device` made. */
  device(id: string, transport: DeviceOrder['transport'], certificates?: string): Promise<DeviceOutcome>
}

export async function startPlant(): Promise<Plant> {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-plant-'))
  const own = await ownAddress()
  const host = own ?? '127.0.0.1'
  const standard = own === undefined ? [] : ['--https-port', '443', '--mqtt-port', '8883']
  const service = await serve(join(dir, 'data'), '--host', host, '--hostname', host, ...standard)
  const { connection } = service
  const world = { connection, clientEnvironment: redirection(connection, own === undefined) }
  return {
    dir,
    connection,
    type: makeShell(dir, connection),
    device: (registrationId, transport, certificates = `${registrationId}.fullchain.pem`) =>
      runClient<DeviceOutcome>(world, 'device-client.ts', {
        host,
        idScope: connection.idScope,
        registrationId,
        transport,
        certificate: join(dir, 'certs', certificates),
        key: join(dir, 'certs', `${registrationId}.key.pem`),
      }),
    async [Symbol.asyncDispose]() {
      await service.end('SIGTERM')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** As after `eval "$(landfall env)"`, with `landfall` and `node` on the path. */
function makeShell(dir: string, { serviceConnectionString, rootCaPath }: ConnectionFile) {
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'landfall'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, { mode: 0o755 })
  writeFileSync(join(bin, 'node'), `#!/bin/sh\nexec "${process.execPath}" "$@"\n`, { mode: 0o755 })
  const env = environment({
    PATH: `${bin}:${process.env.PATH}`,
    NODE_EXTRA_CA_CERTS: rootCaPath,
    IOT_PROVISIONING_SERVICE_CONNECTION_STRING: serviceConnectionString,
  })
  return async (line: string) => (await promisify(execFile)('sh', ['-c', line], { cwd: dir, env })).stdout
}
