import { expect, test } from 'vitest'
import { hubNameOf, keyOf, parseRegistrationId } from '../../ids.ts'
import { type Candidate, chooseHashed } from './hashed.ts'

const devices = Array.from({ length: 100_000 }, (_, number) => keyOf(parseRegistrationId(`device-${number}`)))
const hub = (name: string, weight = 1): Candidate => ({ name: hubNameOf(name), weight })
const place = (hubs: readonly Candidate[]) => devices.map((key) => chooseHashed(key, hubs)?.name)
const shareOf = (placed: readonly (string | undefined)[], name: string) =>
  placed.filter((chosen) => chosen === name).length / placed.length

test('100,000 devices are shared among hubs by weight, within 3 %', () => {
  const placed = place([hub('a', 1), hub('b', 2), hub('c', 5)])
  expect(Math.abs(shareOf(placed, 'a') / (1 / 8) - 1)).toBeLessThan(0.03)
  expect(Math.abs(shareOf(placed, 'b') / (2 / 8) - 1)).toBeLessThan(0.03)
  expect(Math.abs(shareOf(placed, 'c') / (5 / 8) - 1)).toBeLessThan(0.03)
})

test('a device stays where it is while hubs and weights do, in whatever order they come', () => {
  expect(place([hub('b'), hub('c'), hub('a')])).toEqual(place([hub('a'), hub('b'), hub('c')]))
})

test('a new hub takes its share, and nobody moves between the old ones', () => {
  const before = place([hub('a'), hub('b')])
  const after = place([hub('a'), hub('b'), hub('c')])
  const moved = after.filter((chosen, index) => chosen !== before[index])
  expect(new Set(moved)).toEqual(new Set(['c']))
  expect(Math.abs(moved.length / devices.length / (1 / 3) - 1)).toBeLessThan(0.03)
})

test('a hub that gains weight only gains devices', () => {
  const before = place([hub('a'), hub('b'), hub('c')])
  const after = place([hub('a'), hub('b', 3), hub('c')])
  expect(new Set(after.filter((chosen, index) => chosen !== before[index]))).toEqual(new Set(['b']))
})

test('without a candidate there is no choice', () => {
  expect(chooseHashed(keyOf(parseRegistrationId('dev-1')), [])).toBeUndefined()
})
