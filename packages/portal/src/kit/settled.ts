/** A value once it has been still for a moment: what is dragged or typed asks the service once, not at each step. */
import { useEffect, useState } from 'react'

const stillMs = 250

export function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), stillMs)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
