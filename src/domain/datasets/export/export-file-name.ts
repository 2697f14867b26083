import { FILE_NAME_MAX_CHARACTERS, sanitizeFileName } from '../../intake/file-name.ts'

/** Name of a file that a dataset is written to, with the extension. */
export function exportFileName({ name }: { name: string }, extension: string): string {
  const cut = [...name].slice(0, FILE_NAME_MAX_CHARACTERS - extension.length - 1).join('')
  return sanitizeFileName(`${cut.replaceAll(/[/\\]/g, '_')}.${extension}`, null)
}
