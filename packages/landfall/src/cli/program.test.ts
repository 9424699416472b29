import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { entries, programFor } from './program.ts'

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
  })
  command.outputHelp()
  return text
}

function withVerbs(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withVerbs)]
}

const pathOf = (command: Command): string =>
  command.parent === null ? '' : `${pathOf(command.parent)} ${command.name()}`.trim()

test('the help names every command and shows examples', async () => {
  const help = helpOf(await programFor(['--help']))
  expect(help).toContain('Examples:')
  for (const { name, summary } of entries) {
    expect(help).toContain(name)
    expect(help.replace(/\s+/g, ' ')).toContain(summary)
  }
})

test.each(entries.map(({ name }) => name))('the help of %s and of each of its verbs has examples', async (name) => {
  const program = await programFor([name, '--help'])
  const command = program.commands.find((one) => one.name() === name)
  for (const one of command ? withVerbs(command) : []) {
    if (one.name() === 'help') continue
    const help = helpOf(one)
    expect(help, pathOf(one)).toMatch(/Examples?:/)
    expect(help, pathOf(one)).toContain(`$ landfall ${pathOf(one)}`)
  }
})

test('says which version it is', async () => {
  const program = await programFor(['--version'])
  expect(program.version()).toMatch(/^\d+\.\d+\.\d+$/)
})
