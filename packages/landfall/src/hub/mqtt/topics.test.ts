import { expect, test } from 'vitest'
import { methodTopic, readFilter, readTopic, twinAnswerTopic } from './topics.ts'

test.each([
  ['devices/d1/messages/events/', { kind: 'telemetry', bag: '' }],
  ['devices/d1/messages/events', { kind: 'telemetry', bag: '' }],
  ['devices/d1/messages/events/a=1&b=%2F', { kind: 'telemetry', bag: 'a=1&b=%2F' }],
  ['$iothub/twin/GET/?$rid=a%20b', { kind: 'twinGet', rid: 'a%20b' }],
  ['$iothub/twin/PATCH/properties/reported/?$rid=7&$version=2', { kind: 'twinPatch', rid: '7', seenVersion: 2 }],
  ['$iothub/twin/PATCH/properties/reported/?$rid=7', { kind: 'twinPatch', rid: '7' }],
  ['$iothub/methods/res/201/?$rid=1f', { kind: 'methodAnswer', status: 201, rid: '1f' }],
  ['devices/d2/messages/events/', undefined],
  ['devices/D1/messages/events/', undefined],
  ['devices/d1/messages/devicebound/', undefined],
  ['devices/d1/modules/m/messages/events/', undefined],
  ['$iothub/twin/PATCH/properties/desired/?$rid=1', undefined],
  ['$iothub/methods/POST/x/?$rid=1', undefined],
  ['$dps/registrations/PUT/iotdps-register/?$rid=1', undefined],
])('publishing to %s means what it says, or nothing', (topic, expected) => {
  expect(readTopic(topic, { deviceId: 'd1' })).toEqual(expected)
})

test.each([
  ['devices/d1/modules/$m/messages/events/a=1/', { kind: 'telemetry', bag: 'a=1/' }],
  ['devices/d1/modules/%24m/messages/events/', { kind: 'telemetry', bag: '' }],
  ['devices/d1/messages/events/', undefined],
  ['devices/d1/modules/other/messages/events/', undefined],
  ['devices/d2/modules/$m/messages/events/', undefined],
])('a module that publishes to %s means its own topic, or nothing', (topic, expected) => {
  expect(readTopic(topic, { deviceId: 'd1', moduleId: '$m' })).toEqual(expected)
})

test.each([
  ['devices/d1/messages/devicebound/#', 'cloudMessages'],
  ['devices/d1/messages/deviceBound/#', 'cloudMessages'],
  ['$iothub/methods/POST/#', 'methods'],
  ['$iothub/twin/res/#', 'twinAnswers'],
  ['$iothub/twin/PATCH/properties/desired/#', 'desired'],
  ['devices/d2/messages/devicebound/#', undefined],
  ['devices/+/messages/devicebound/#', undefined],
  ['devices/d1/modules/m/messages/devicebound/#', undefined],
  ['devices/d1/inputs/#', undefined],
  ['devices/d1/#', undefined],
  ['devices/d1/messages/#', undefined],
  ['#', undefined],
])('the filter %s is one of a device, or none', (filter, kind) => {
  expect(readFilter(filter, { deviceId: 'd1' })).toBe(kind)
})

test.each([
  ['devices/d1/modules/m/inputs/#', 'inputs'],
  ['devices/d1/modules/m/#', 'cloudMessages'],
  ['devices/d1/modules/m/messages/devicebound/#', 'cloudMessages'],
  ['devices/d1/modules/n/messages/devicebound/#', undefined],
  ['$iothub/methods/POST/#', 'methods'],
  ['devices/d1/modules/n/#', undefined],
  ['devices/d1/messages/devicebound/#', undefined],
])('the filter %s is one of a module, or none', (filter, kind) => {
  expect(readFilter(filter, { deviceId: 'd1', moduleId: 'm' })).toBe(kind)
})

test('a method has its request id last, where one client reads it', () => {
  expect(methodTopic('reset now', 'a')).toBe('$iothub/methods/POST/reset%20now/?$rid=a')
  expect(twinAnswerTopic(204, '1', 3)).toBe('$iothub/twin/res/204/?$rid=1&$version=3')
})
