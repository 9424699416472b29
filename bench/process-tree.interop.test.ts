import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { cpuMicrosOf, residentMiBOf } from './process-tree.ts'

// /proc is Linux's, and so is the bench
const onLinux = test.runIf(process.platform === 'linux')

onLinux('what a child of a process uses counts, in time and in memory', async () => {
  const work = `const end = process.cpuUsage().user + 200_000; while (process.cpuUsage().user < end); console.log('done')`
  const shell = spawn('/bin/sh', [
    '-c',
    '"$0" -e "$1; setInterval(() => {}, 1000)" & child=$!; trap "kill $child" TERM; wait',
    process.execPath,
    work,
  ])
  await once(shell.stdout, 'data')
  const pid = shell.pid ?? 0
  expect(cpuMicrosOf(pid)).toBeGreaterThanOrEqual(200_000)
  // Node alone takes some 40 MiB, a shell two
  expect(residentMiBOf(pid)).toBeGreaterThan(20)
  shell.kill('SIGTERM')
  await once(shell, 'exit')
})

onLinux('a process that has ended uses nothing', () => {
  expect([cpuMicrosOf(0x7fff_fff0), residentMiBOf(0x7fff_fff0)]).toEqual([0, 0])
})
