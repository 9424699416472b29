/** Nothing is stored each time that a device is refused: only the minute's numbers tell that there were more. */
import { type QueryKey, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef } from 'react'
import { useLive } from './live.ts'
import type { Minute } from './overview.ts'

/** Devices that are refused all the time are read about once in a while. */
const settleMs = 1500

/** Reads again what is shown under `key`. Both arguments are constants. */
export function useReadAsRefused(key: QueryKey, refusedIn: (minute: Minute) => number): void {
  const client = useQueryClient()
  const last = useRef<Minute>(undefined)
  const reading = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(
    () => () => {
      clearTimeout(reading.current)
      reading.current = undefined
    },
    [],
  )
  const onMinute = useCallback(
    (minute: Minute) => {
      const before = last.current?.at === minute.at ? refusedIn(last.current) : 0
      last.current = minute
      if (refusedIn(minute) <= before || reading.current !== undefined) return
      reading.current = setTimeout(() => {
        reading.current = undefined
        void client.invalidateQueries({ queryKey: key })
      }, settleMs)
    },
    [client, key, refusedIn],
  )
  useLive('minute', onMinute)
}
