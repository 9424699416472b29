/** Work on one key, one piece after the other: who comes meanwhile waits, and sees what came of the one ahead. */
export class OneAtATime<Key, Result> {
  readonly #last = new Map<Key, Promise<Result>>()

  isBusy(key: Key): boolean {
    return this.#last.has(key)
  }

  /**
   * In the order of asking; one that failed does not stop the next. `task` gets the result of the one it waited for,
   * undefined where it waited for none, or that one threw.
   */
  async run(key: Key, task: (ahead: Result | undefined) => Promise<Result>): Promise<Result> {
    const ahead = this.#last.get(key)
    const mine = ahead ? ahead.then(task, () => task(undefined)) : task(undefined)
    this.#last.set(key, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
  }
}
