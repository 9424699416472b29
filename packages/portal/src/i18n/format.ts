/** Numbers and instants in the reader's language and time zone. */
import { useLanguage } from './i18n.ts'

export interface Format {
  number(value: number): string
  /** Date and time to the second. */
  instant(iso: string): string
  date(iso: string): string
  time(iso: string): string
  /** `3 minutes ago`, `in 12 days`. */
  relative(iso: string, now: number): string
  bytes(value: number): string
}

/** The same while the language is. */
export const useFormat = (): Format => formatOf(regionOf(useLanguage()))

/** The reader's own variety of the language: `nl-BE`, `en-GB`. */
const regionOf = (language: string, preferred = navigator.languages): string =>
  preferred.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? language

const formats = new Map<string, Format>()

export function formatOf(language: string): Format {
  const known = formats.get(language)
  if (known) return known
  const made = makeFormat(language)
  formats.set(language, made)
  return made
}

function makeFormat(language: string): Format {
  const number = new Intl.NumberFormat(language)
  const instant = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' })
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'medium' })
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'short' })
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  const told = (format: Intl.DateTimeFormat) => (iso: string) => {
    const at = new Date(iso)
    return Number.isNaN(at.getTime()) ? iso : format.format(at)
  }
  return {
    number: (value) => number.format(value),
    instant: told(instant),
    date: told(date),
    time: told(time),
    relative(iso, now) {
      const seconds = (Date.parse(iso) - now) / 1000
      const [unit, size] = unitOf(Math.abs(seconds))
      return relative.format(Math.trunc(seconds / size), unit)
    },
    bytes: (value) => sized(value, language),
  }
}

function unitOf(seconds: number): readonly [Intl.RelativeTimeFormatUnit, number] {
  if (seconds < 60) return ['second', 1]
  if (seconds < 3600) return ['minute', 60]
  if (seconds < 86_400) return ['hour', 3600]
  return seconds < 86_400 * 730 ? ['day', 86_400] : ['year', 31_557_600]
}

function sized(value: number, language: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)))
  const format = new Intl.NumberFormat(language, {
    style: 'unit',
    unit: units[step],
    unitDisplay: 'short',
    maximumFractionDigits: 1,
  })
  return format.format(value / 1000 ** step)
}
