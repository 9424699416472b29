/** Writes docs/compatibility.md from the tests that passed, if all of them did. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { pageOf } from './page.ts'

const page = resolve(import.meta.dirname, '../../../../docs/compatibility.md')

export default class CompatibilityReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const failed = tests.filter((test) => test.result().state !== 'passed')
    if (failed.length > 0 || tests.length === 0) throw new Error('not everything passed: the page stays as it was')
    writeFileSync(page, pageOf(new Set(tests.flatMap((test) => test.meta().shows ?? []))))
  }
}
