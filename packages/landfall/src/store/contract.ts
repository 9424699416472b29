/**
 * The storage contract as a suite: an engine is right when it passes. Another engine brings a function that opens an
 * empty store, and calls `testStore('its name', open)` from a test file of its own.
 */
import { describe } from 'vitest'
import type { Clock } from '../system.ts'
import { testAttempts } from './contract/attempts.ts'
import { testAudit } from './contract/audit.ts'
import { testBackEnds } from './contract/back-ends.ts'
import { testBrowse } from './contract/browse.ts'
import { testCommits } from './contract/commits.ts'
import { testExpiries } from './contract/expiries.ts'
import { testHubs } from './contract/hubs.ts'
import { testIssuers } from './contract/issuers.ts'
import { testLists } from './contract/lists.ts'
import { testMail } from './contract/mail.ts'
import { testTelemetry } from './contract/telemetry.ts'
import { testThings } from './contract/things.ts'
import type { ForgetBound, Store } from './store.ts'

export interface OpenedStore extends AsyncDisposable {
  /** Empty at first. */
  readonly store: Store
  /** Closes the store, and opens what it kept. */
  reopen(): Promise<Store>
}

export type OpenStore = (options: {
  readonly clock: Clock
  readonly bound?: Partial<ForgetBound>
}) => Promise<OpenedStore>

export function testStore(name: string, open: OpenStore): void {
  describe(`the ${name} store`, () => {
    testThings(open)
    testLists(open)
    testBrowse(open)
    testIssuers(open)
    testExpiries(open)
    testHubs(open)
    testCommits(open)
    testAttempts(open)
    testAudit(open)
    testTelemetry(open)
    testMail(open)
    testBackEnds(open)
  })
}
