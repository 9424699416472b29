/** How a command ends when it fails: a sentence, and an exit code that a script can tell apart. */
import { CommanderError } from 'commander'
import { ConnectionStringError, ProvisioningServiceError, ServiceUnreachableError } from 'landfall-client'
import { ConfigError } from '../config.ts'
import { harmless, tell } from './output.ts'

export const exitCodes = { done: 0, failed: 1, usage: 2, refused: 3, unreachable: 4 } as const

/** The command line is not as it should be. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** No service is known: nothing says where to look. */
export class NoServiceError extends Error {
  constructor(dataDir: string) {
    super(
      `No running service is known in ${dataDir}. Start one with "landfall serve", name its directory with --data, or give a connection string with --login.`,
    )
    this.name = 'NoServiceError'
  }
}

/** What a command had to say could not be written, as on a full disk. */
export class Unwritable extends Error {
  constructor(cause: NodeJS.ErrnoException) {
    super(`The output cannot be written: ${cause.code ?? cause.message}.`, { cause })
    this.name = 'Unwritable'
  }
}

/** Prints what went wrong, and gives the exit code. */
export function explainFailure(error: unknown, json: boolean): number {
  // commander has printed its own sentence, or the help that was asked for
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  tell(json ? JSON.stringify(asJson(error)) : sentence(error))
  return exitCodeOf(error)
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError || error instanceof ConfigError || error instanceof ConnectionStringError)
    return exitCodes.usage
  if (error instanceof ProvisioningServiceError) return exitCodes.refused
  if (error instanceof ServiceUnreachableError || error instanceof NoServiceError) return exitCodes.unreachable
  return exitCodes.failed
}

function sentence(error: unknown): string {
  if (error instanceof ServiceUnreachableError) return `${error.message} Is it running? "landfall serve" starts one.`
  if (!(error instanceof ProvisioningServiceError)) return messageOf(error)
  const facts = [
    error.errorCode > 0 ? `code ${error.errorCode}` : `status ${error.status}`,
    error.reason,
    error.trackingId === undefined ? undefined : `tracking id ${error.trackingId}`,
  ]
  return `${harmless(error.message)}\n(${facts.filter(Boolean).join(', ')})`
}

function asJson(error: unknown): object {
  const { status, errorCode, reason, trackingId } = error as Partial<ProvisioningServiceError>
  return { error: messageOf(error), status, errorCode, reason, trackingId }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
