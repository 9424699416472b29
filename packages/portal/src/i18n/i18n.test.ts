import { expect, test } from 'vitest'
import { formatOf } from './format.ts'
import { chooseLanguage } from './language.ts'

test.each([
  { preferred: ['nl-BE', 'en'], chosen: undefined, language: 'nl' },
  { preferred: ['fr', 'nl', 'en'], chosen: undefined, language: 'nl' },
  { preferred: ['de'], chosen: undefined, language: 'en' },
  { preferred: ['nl'], chosen: 'en', language: 'en' },
  { preferred: ['en'], chosen: 'klingon', language: 'en' },
] as const)(
  'a browser that prefers $preferred and chose $chosen reads $language',
  ({ preferred, chosen, language }) => {
    expect(chooseLanguage(preferred, chosen)).toBe(language)
  },
)

test('time gone by and to come is told in words', () => {
  const now = Date.parse('2030-01-01T00:00:00Z')
  expect(formatOf('en').relative('2029-12-31T23:57:00Z', now)).toBe('3 minutes ago')
  expect(formatOf('nl').relative('2030-01-13T00:00:00Z', now)).toBe('over 12 dagen')
})
