/** `landfall portal`: the portal's address, with which one is signed in, and what a browser must trust first. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Command } from 'commander'
import { readConnectionFile } from '../connection-file.ts'
import { type CommonOptions, single } from './command.ts'
import { connect, dataDirOf } from './connection.ts'
import { answer, colour, tell } from './output.ts'
import { issueToken } from './token.ts'

interface PortalOptions extends CommonOptions {
  readonly open?: boolean
}

interface PortalView {
  readonly portalUrl: string
  /** Signs in once, until `expiresUtc`. */
  readonly signInUrl: string
  readonly expiresUtc: string
  /** Absent: the service is elsewhere. */
  readonly rootCaPath?: string
}

export function portalCommand(): Command {
  return single('portal', 'Prints a link that opens the portal and signs in, once, within two minutes.', [
    'portal',
    'portal --open',
    'portal --json',
  ])
    .option('--open', 'open it in the browser of this machine')
    .action(async ({ open, ...options }: PortalOptions) => {
      const view = await portalOf(options)
      answer(options.json, view, portalText)
      if (open) await openInBrowser(view.signInUrl)
    })
}

async function portalOf(options: CommonOptions): Promise<PortalView> {
  const { body } = await connect(options).request<{ readonly portalUrl: string }>({
    method: 'GET',
    path: '/landfall/instance',
  })
  const { token, expiresUtc } = await issueToken(options, { seconds: 120, use: 'sign-in' })
  const { portalUrl } = body
  const local = readConnectionFile(dataDirOf(options))
  const rootCaPath = local?.portalUrl === portalUrl ? local.rootCaPath : undefined
  // behind the "#", a browser sends it to nobody and no log has it
  return { portalUrl, signInUrl: `${portalUrl}#sign-in=${token}`, expiresUtc, rootCaPath }
}

function portalText({ portalUrl, signInUrl, rootCaPath }: PortalView): string {
  const trust = rootCaPath === undefined ? [] : ['', ...howToTrust(rootCaPath)]
  return [
    `${colour.bold('Portal')}   ${portalUrl}`,
    `${colour.bold('Sign in')}  ${signInUrl}`,
    '         works once, within two minutes',
    ...trust,
  ].join('\n')
}

function howToTrust(rootCaPath: string): readonly string[] {
  return [
    'The browser must trust the root certificate of this service:',
    `  ${trustCommand(rootCaPath, process.platform)}`,
    `  Firefox: Settings, Privacy & Security, Certificates, View Certificates, Authorities, Import: ${rootCaPath}`,
  ]
}

function trustCommand(path: string, platform: NodeJS.Platform): string {
  if (platform === 'darwin') return `security add-trusted-cert -k ~/Library/Keychains/login.keychain-db "${path}"`
  if (platform === 'win32') return `certutil -user -addstore Root "${path}"`
  return `certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n landfall -i "${path}"   (Chromium, Chrome, Edge; of libnss3-tools)`
}

/** Whoever may list the processes of this machine sees the link for a moment; it works once. */
async function openInBrowser(url: string): Promise<void> {
  const [program = '', ...before] = openers[process.platform] ?? ['xdg-open']
  const opened = spawn(program, [...before, url], { stdio: 'ignore', detached: true })
  try {
    await once(opened, 'spawn')
    opened.unref()
  } catch {
    tell(`warning: "${program}" cannot be started, so no browser was opened. Open the link yourself.`)
  }
}

const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
}
