import type { ZipLimits } from '../../formats/zip-archive.ts'

/** Files of an app. */
export const APP_FILES_MAX = 500
/** Bytes of a file of an app, and of all of them. */
export const APP_FILE_MAX_BYTES = 64 * 1024 * 1024
export const APP_MAX_BYTES = 256 * 1024 * 1024
/** Bytes of an archive that brings the files of an app. */
export const APP_ARCHIVE_MAX_BYTES = 256 * 1024 * 1024
/** Bytes of an `app.json`, which is held in memory. */
export const APP_CONFIG_MAX_BYTES = 4 * 1024 * 1024

/** What is unpacked of an archive that brings the files of an app. */
export const APP_ARCHIVE_LIMITS: ZipLimits = {
  maxEntries: APP_FILES_MAX,
  maxEntryBytes: APP_FILE_MAX_BYTES,
  maxTotalBytes: APP_MAX_BYTES,
  withHidden: true,
}
