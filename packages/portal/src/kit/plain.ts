/** A stranger's text, shown for what it is: characters that cannot be seen, or turn the text around, as escapes. */

const unseen = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g
const escaped = (text: string) =>
  text.replace(unseen, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** For names on one line. */
export const plain = (text: string): string => escaped(text).replaceAll('\n', '\\u000a')

/** For JSON, which means the same with its escapes. */
export const plainJson = escaped
