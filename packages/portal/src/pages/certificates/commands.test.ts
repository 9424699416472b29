import { expect, test } from 'vitest'
import { landfallCommand, opensslCommands } from './commands.ts'

const code = '7D07A6A51F8AF1469499A1D92074D629894BE9FA8A013E49'

test.each([
  { subject: 'CN=Plant-7', word: 'Plant-7' },
  { subject: 'C=NL,O=Acme,CN=Plant 7 CA', word: "'Plant 7 CA'" },
  { subject: 'CN=$(reboot)', word: "'$(reboot)'" },
  { subject: "CN=O'Brien`id`", word: "'O'\\''Brien`id`'" },
  { subject: 'CN=-rf', word: "'-rf'" },
  { subject: 'CN="<img src=x>"', word: 'uploaded' },
  { subject: 'O=Acme', word: 'uploaded' },
])('the subject $subject is one word of the command, $word', ({ subject, word }) => {
  expect(landfallCommand(code, subject, 'uploaded')).toBe(`landfall cert verification ${code} --ca ${word}`)
})

test('the lines for OpenSSL sign the code as the common name', () => {
  expect(opensslCommands(code)).toContain(`-subj "/CN=${code}"`)
})
