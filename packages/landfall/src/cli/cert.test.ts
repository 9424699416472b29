import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { caTrue, forgeDer, nameOf, rsaKeys } from '../../test/forge.ts'
import { utf8String } from '../x509/der-write.ts'
import { toPem } from '../x509/pem.ts'
import { certCommand } from './cert.ts'

const main = join(import.meta.dirname, 'main.ts')
const directory = mkdtempSync(join(tmpdir(), 'landfall-cert-'))
const at = (name: string) => join(directory, 'certs', name)
afterAll(() => rmSync(directory, { recursive: true }))

function landfall(command: string | readonly string[], input?: string | Uint8Array) {
  const args = typeof command === 'string' ? command.split(' ') : command
  const env = { ...process.env, NO_COLOR: '1' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'cert', ...args], {
    cwd: directory,
    input,
    env,
  })
  return { status, stdout: stdout.toString(), stderr: stderr.toString() }
}

beforeAll(() => {
  landfall(['root', 'Plant Root'])
  landfall(['intermediate', 'Line 3', '--ca', 'Plant Root', '--key', 'rsa-2048'])
  landfall(['device', 'pump-12', 'a:b', '--ca', 'Line 3', '--pfx'])
})

const subjectsOf = (file: string) =>
  JSON.parse(landfall(['show', at(file), '--json']).stdout).map((shown: { subjectName: string }) => shown.subjectName)

test('writes a CA, an intermediate with its chain, and devices with theirs', () => {
  expect(subjectsOf('Plant_Root.cert.pem')).toEqual(['CN=Plant Root'])
  expect(subjectsOf('Line_3.chain.pem')).toEqual(['CN=Line 3', 'CN=Plant Root'])
  expect(subjectsOf('pump-12.fullchain.pem')).toEqual(['CN=pump-12', 'CN=Line 3'])
  expect(subjectsOf('a_b.cert.pem')).toEqual(['CN=a:b'])
})

test('a CA may be named by the path of its files as well', () => {
  const ca = join(directory, 'certs', 'Plant_Root.cert.pem')
  expect(landfall(['device', 'pump-55', '--ca', ca, '--out', 'elsewhere']).status).toBe(0)
})

test('keys are readable by their owner only', () => {
  for (const file of ['Plant_Root.key.pem', 'Line_3.key.pem', 'pump-12.key.pem', 'pump-12.pfx']) {
    expect(statSync(at(file)).mode & 0o777).toBe(0o600)
  }
})

test('overwrites nothing, unless forced', () => {
  const before = readFileSync(at('pump-12.cert.pem'), 'utf8')
  const refused = landfall(['device', 'pump-99', 'pump-12', '--ca', 'Line 3'])
  expect(refused).toMatchObject({ status: 1, stdout: '' })
  expect(refused.stderr).toMatch(/^certs\/pump-12\.cert\.pem is there already\..*\n$/)
  expect(readFileSync(at('pump-12.cert.pem'), 'utf8')).toBe(before)
  expect(landfall(['show', at('pump-99.cert.pem')]).status).toBe(2)
  expect(landfall(['device', 'pump-12', '--ca', 'Line 3', '--force']).status).toBe(0)
  expect(readFileSync(at('pump-12.cert.pem'), 'utf8')).not.toBe(before)
})

test('makes many devices at once, and tells programs what it made', () => {
  const { stdout } = landfall(['device', '--count', '3', '--prefix', 'tank', '--ca', 'Line 3', '--json'])
  const { files, certificates } = JSON.parse(stdout)
  expect(files).toHaveLength(9)
  expect(certificates.map((made: { subjectName: string }) => made.subjectName)).toEqual([
    'CN=tank-1',
    'CN=tank-2',
    'CN=tank-3',
  ])
})

test('makes a self-signed device and a verification certificate', () => {
  expect(landfall('self-signed valve-1').status).toBe(0)
  expect(subjectsOf('valve-1.cert.pem')).toEqual(['CN=valve-1'])
  expect(landfall(['verification', 'ABCDEF0123456789', '--ca', 'Plant Root']).stdout).toBe(
    'wrote certs/verification-ABCDEF01.cert.pem\n',
  )
  expect(subjectsOf('verification-ABCDEF01.cert.pem')).toEqual(['CN=ABCDEF0123456789'])
})

test('quick makes all that a first try needs', () => {
  expect(landfall('quick pump-1 --out quick').status).toBe(0)
  const chain = join(directory, 'quick/pump-1.fullchain.pem')
  const anchor = join(directory, 'quick/Landfall-Test-Root.cert.pem')
  expect(landfall(['check', '--anchor', anchor, '--chain', chain, '--registration-id', 'pump-1']).status).toBe(0)
})

test('an encrypted key needs its passphrase', () => {
  landfall(['root', 'Vault', '--passphrase', 'open sesame'])
  expect(readFileSync(at('Vault.key.pem'), 'utf8')).toContain('ENCRYPTED PRIVATE KEY')
  expect(landfall(['device', 'safe-1', '--ca', 'Vault'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--passphrase'),
  })
  expect(landfall(['device', 'safe-1', '--ca', 'Vault', '--passphrase', 'open sesame']).status).toBe(0)
})

test('check prints the path and accepts', () => {
  const { status, stdout } = landfall([
    'check',
    '--anchor',
    at('Plant_Root.cert.pem'),
    '--chain',
    at('pump-12.fullchain.pem'),
  ])
  expect(status).toBe(0)
  expect(stdout).toMatch(/^1 {2}CN=pump-12 .*\n2 {2}CN=Line 3 .*\n3 {2}CN=Plant Root .*\naccepted/)
})

test('check refuses, with every rule that was judged, the reason and the remedy', () => {
  const { status, stdout } = landfall([
    'check',
    '--anchor',
    at('Plant_Root.cert.pem'),
    '--chain',
    at('pump-12.fullchain.pem'),
    '--at',
    '2001-01-01',
  ])
  expect(status).toBe(3)
  expect(stdout).toContain('ok  "CN=pump-12" is issued by "CN=Line 3".')
  expect(stdout).toMatch(/refused \(not_yet_valid\): .*Check the clock/)
})

test('check takes DER, several files and standard input, and answers programs', () => {
  writeFileSync(at('pump.der'), new X509Certificate(readFileSync(at('pump-12.cert.pem'))).raw)
  const args = ['check', '--anchor', at('Plant_Root.cert.pem'), '--chain', at('pump.der'), '-', '--json']
  const { status, stdout } = landfall(args, readFileSync(at('Line_3.cert.pem')))
  expect(status).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    accepted: true,
    path: [{ subjectName: 'CN=pump-12' }, { isCa: true }, { selfIssued: true }],
  })
})

test('lint finds nothing in what is made here, and tells what is wrong with the rest', () => {
  const good = landfall(['lint', at('pump-12.fullchain.pem')])
  expect(good).toMatchObject({ status: 0, stdout: expect.stringContaining('CN=Line 3: good') })
  const device = landfall(['lint', '--for-group', at('pump-12.cert.pem')])
  expect(device).toMatchObject({ status: 3, stdout: expect.stringContaining('lacks basicConstraints CA:TRUE') })
  const unnamed = nameOf(['2.5.4.10', utf8String('Plant')])
  writeFileSync(
    at('w.pem'),
    toPem(forgeDer({ subject: unnamed, extensions: [caTrue()], notBefore: Date.now() - 60_000 }, rsaKeys(1024))),
  )
  const weak = landfall(['lint', at('w.pem'), '--json'])
  const [{ remarks }] = JSON.parse(weak.stdout)
  expect(remarks).toContainEqual({ level: 'error', rule: 'weak_key', says: expect.stringContaining('RSA 1024') })
  expect(remarks).toContainEqual({ level: 'warning', rule: 'no_key_usage', says: expect.stringContaining('CA') })
})

test.each([
  ['without end', '/dev/zero', 'it is larger than 16 MiB'],
  ['that is empty', '/dev/null', 'it is empty'],
  ['that is a directory', tmpdir(), 'it is a directory'],
])('a file %s is refused, whichever command reads it', (_, file, why) => {
  for (const command of [
    ['show', file],
    ['lint', file],
    ['check', '--anchor', file, '--chain', file],
  ]) {
    expect(landfall(command)).toMatchObject({ status: 2, stdout: '', stderr: `Cannot read ${file}: ${why}.\n` })
  }
})

test('check --lint warns of what will fail later, with a verdict or without one', () => {
  const chain = at('pump-12.fullchain.pem')
  expect(landfall(['check', '--lint', '--chain', chain])).toMatchObject({
    status: 0,
    stdout: 'lint: nothing to remark\n',
  })
  const later = new Date(Date.now() + 25 * 86_400_000).toISOString()
  const soon = landfall(['check', '--lint', '--chain', chain, '--at', later, '--json'])
  expect(JSON.parse(soon.stdout)).toMatchObject({ lint: [{ rule: 'expires_soon', position: 1 }, { position: 2 }] })
  const anchored = landfall(['check', '--lint', '--anchor', at('Plant_Root.cert.pem'), '--chain', chain])
  expect(anchored.stdout).toMatch(/accepted(.|\n)*lint: nothing to remark/)
})

test('check --batch answers a process, whatever the line', () => {
  const { status, stdout, stderr } = landfall('check --batch', '{"id":"a"}\nnonsense\n\n[]')
  expect([status, stderr]).toEqual([0, ''])
  const answers = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(answers).toMatchObject([
    { id: 'a', reason: 'chain_missing' },
    { error: 'The line is not JSON.' },
    { error: expect.any(String) },
  ])
})

test.each([
  ['check', 'check'],
  ['a file that is not there', 'check --anchor nowhere.pem --chain nowhere.pem'],
  ['an unknown flag', 'check --ankor x'],
  ['an unknown command', 'chekc'],
  ['a kind of key that is none', 'root X --key dsa'],
  ['a number of days that is none', 'root X --days soon'],
  ['an illegal registration id', 'self-signed pump!'],
  ['no device', 'device --ca Plant_Root'],
  ['a CA that is not there', 'device pump-77 --ca Nobody'],
])('%s is wrong usage: exit code 2, one sentence, no stack', (_, command) => {
  const { status, stderr } = landfall(command)
  expect(status).toBe(2)
  expect(stderr).not.toBe('')
  expect(stderr).not.toMatch(/\n\s+at /)
})

test.each(certCommand().commands.map((command) => [command.name(), command] as const))(
  '%s --help has an example',
  (name, command) => {
    const help: string[] = []
    command.configureOutput({ writeOut: (text) => void help.push(text) }).outputHelp()
    expect(help.join('')).toContain(`$ landfall cert ${name}`)
  },
)

test('standard input is read once', () => {
  const twice = landfall('check --anchor - --chain -', readFileSync(at('Line_3.cert.pem')))
  expect(twice).toMatchObject({ status: 2, stderr: expect.stringContaining('Standard input can be read once') })
})
