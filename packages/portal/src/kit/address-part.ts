/** What an address names, and whether it can be read at all. */
import { useParams } from 'wouter'
import { usePathname } from 'wouter/use-browser-location'

/** Decoded already but for what an address has a meaning for, such as ":" and "@", which ids may have in them. */
export const readPart = (param: string | undefined = ''): string => decoded(param) ?? param

export const usePart = (name: string): string => readPart(useParams()[name])

/** An address may be broken by whoever passed it on. */
export const useIsReadable = (): boolean => decoded(usePathname()) !== undefined

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
