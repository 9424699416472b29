import { expect, test } from 'vitest'
import { readStart } from './start.ts'

test.each([
  ["amqp.annotation.x-opt-offset > '-1'", 'earliest'],
  ["amqp.annotation.x-opt-offset > '@latest'", 'latest'],
  ["amqp.annotation.x-opt-offset >= '503'", { offset: 503, inclusive: true }],
  ["amqp.annotation.x-opt-sequence-number > '5'", { sequence: 5, inclusive: false }],
  ["amqp.annotation.x-opt-sequence-number >= '5'", { sequence: 5, inclusive: true }],
  ["amqp.annotation.x-opt-enqueued-time > '1700000000000'", { enqueuedAfter: 1_700_000_000_000 }],
  ["amqp.annotation.x-opt-enqueued-time >= '1700000000000'", { enqueuedAfter: 1_699_999_999_999 }],
  ['amqp.annotation.x-opt-enqueuedtimeutc > 1700000000000', { enqueuedAfter: 1_700_000_000_000 }],
  ['amqp.annotation.x-opt-offset > -1', undefined],
  ['amqp.annotation.x-opt-enqueuedtimeutc > 1 or 1 = 1', undefined],
  ["amqp.annotation.x-opt-offset > ''", undefined],
  ["amqp.annotation.x-opt-publisher = 'x'", undefined],
  ["amqp.annotation.x-opt-sequence-number > '@latest'", undefined],
])('%s means %j', (filter, start) => {
  expect(readStart(filter)).toEqual(start)
})
