/** A device made of tpm2-tools: what firmware does with the blob that it is sent, command by command. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SoftwareTpm } from './swtpm.ts'

export interface ToolDevice extends Disposable {
  readonly endorsementKey: string
  readonly storageRootKey: string
  /** TPM2_ActivateCredential, TPM2_Import and TPM2_Load; then the TPM signs with it. */
  activate(blob: string): Promise<void>
  /** Base64. */
  sign(text: string): Promise<string>
}

export async function toolDevice(tpm: SoftwareTpm, kind: 'rsa' | 'ecc'): Promise<ToolDevice> {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-tpm2-'))
  const at = (name: string) => join(dir, name)
  const tool = async (name: string, ...args: readonly string[]) => {
    await run(`tpm2_${name}`, args, { cwd: dir, tcti: tpm.tcti })
    if (name !== 'flushcontext') await run('tpm2_flushcontext', ['-t'], { cwd: dir, tcti: tpm.tcti })
  }
  const storage = kind === 'rsa' ? 'rsa2048:aes128cfb' : 'ecc256:aes128cfb'
  await tool('createek', '-Q', '-c', 'ek.ctx', '-G', kind, '-u', 'ek.pub')
  await tool('createprimary', '-Q', '-C', 'o', '-G', storage, '-c', 'srk.ctx')
  await tool('readpublic', '-Q', '-c', 'srk.ctx', '-f', 'tss', '-o', 'srk.pub')
  const text = (name: string) => readFileSync(at(name)).toString('base64')
  return {
    endorsementKey: text('ek.pub'),
    storageRootKey: text('srk.pub'),
    async activate(blob) {
      layOut(blob, at)
      await run('tpm2_startauthsession', ['-Q', '--policy-session', '-S', 'session.ctx'], { cwd: dir, tcti: tpm.tcti })
      await tool('policysecret', '-Q', '-S', 'session.ctx', '-c', 'e')
      const keys = ['-c', 'srk.ctx', '-C', 'ek.ctx', '-P', 'session:session.ctx']
      await tool('activatecredential', '-Q', ...keys, '-i', 'credential', '-o', 'inner')
      await tool('flushcontext', 'session.ctx')
      const wrapped = ['-i', 'duplicate', '-s', 'seed', '-k', 'inner']
      await tool('import', '-Q', '-C', 'srk.ctx', '-u', 'key.pub', '-r', 'key.priv', ...wrapped)
      await tool('load', '-Q', '-C', 'srk.ctx', '-u', 'key.pub', '-r', 'key.priv', '-c', 'key.ctx')
    },
    async sign(signed) {
      writeFileSync(at('text'), signed)
      await tool('hmac', '-c', 'key.ctx', '-o', 'mac', 'text')
      return text('mac')
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  }
}

/** Its parts, each in the file that the tools take it from. */
function layOut(blob: string, at: (name: string) => string): void {
  const [credential, identity, duplicate, secret, area] = split(Buffer.from(blob, 'base64'))
  if (!credential || !identity || !duplicate || !secret || !area) throw new Error('the blob has six parts')
  // magic and version, as tpm2_makecredential writes them
  writeFileSync(at('credential'), Buffer.concat([Buffer.from('badcc0de00000001', 'hex'), credential, identity]))
  writeFileSync(at('duplicate'), duplicate)
  writeFileSync(at('seed'), secret)
  writeFileSync(at('key.pub'), area)
}

/** Each with its size. */
function split(blob: Buffer): readonly Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < blob.length; ) {
    const end = at + 2 + blob.readUInt16BE(at)
    parts.push(blob.subarray(at, end))
    at = end
  }
  return parts
}

function run(command: string, args: readonly string[], { cwd, tcti }: { cwd: string; tcti: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, TPM2TOOLS_TCTI: tcti }
    execFile(command, [...args], { cwd, env, timeout: 60_000 }, (error, stdout, stderr) => {
      if (!error) return resolve()
      const missing = error.code === 'ENOENT' ? ': install the package "tpm2-tools" (apt-get install tpm2-tools)' : ''
      reject(new Error(`${command} ${args.join(' ')} failed${missing}\n${stdout}\n${stderr}`))
    })
  })
}
